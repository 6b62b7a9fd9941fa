#pragma once

#include "kernels/conv2d.h"

// Only for core/kernels: weighted sums over windows, each channel for itself. Depthwise
// convolution, average pooling and the gradients of both are these.
namespace deai::kernels {

// One axis, rows or columns. Tap k of the window of result place r reads the source at
// (r·stride + offset + k·dilation) / spread, where that is a whole number and inside.
struct WindowAxis {
  Index source;
  Index result;
  Index kernel;
  Index stride;
  Index offset;
  Index dilation;
  Index spread;
};

// x → y of a convolution, and dy → dx.
WindowAxis forward_rows(const Conv2d& sizes);
WindowAxis forward_columns(const Conv2d& sizes);
WindowAxis backward_rows(const Conv2d& sizes);
WindowAxis backward_columns(const Conv2d& sizes);

// The taps of one window: the first one, and how many more follow at equal distances.
struct WindowLine {
  Index count = 0;
  Index source = 0;
  Index source_step = 0;
  Index tap = 0;
  Index tap_step = 0;
};
WindowLine window_line(const WindowAxis& axis, Index place);

struct WindowSums {
  WindowAxis rows;
  WindowAxis columns;
  Index channels;
  const WindowLine* lines;  // of all places of `columns`
  const real* weights;      // those of tap (i, j) at i·weight_row + j·weight_column
  Index weight_row;
  Index weight_column;
  const real* bias = nullptr;  // [channels], where the sums begin; nullptr: at 0
  bool accumulate = false;     // the sums are added to what the result holds; then without bias
};

// result[r, c, channel] = bias + Σ_taps source[…, channel]·weights[tap, channel] for one image.
// Up to 16 bytes behind source, weights and bias are read.
void window_sums(const WindowSums& sums, const real* source, real* result);

}  // namespace deai::kernels

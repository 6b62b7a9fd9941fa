#pragma once

#include "kernels/memory.h"

// Only for core/kernels: what conv2d's forward pass and its dx have in common.
namespace deai::kernels {

// One output pixel reads kernel_height × kernel_width pixels of the source. In rows, then columns.
struct Correlation {
  Index batch;
  Index height, width, channels;         // of a source image
  Index out_height, out_width, filters;  // of what is computed of a result image
  Index kernel_height, kernel_width;
  Index stride_height, stride_width;
  Index dilation_height, dilation_width;
  Index top, left;  // zeros before the source; negative: cut off

  // Where the results lie, in elements: images, rows and pixels may be further apart than they are
  // large.
  Index out_image_pitch, out_row_pitch, out_pixel_pitch;

  Index out_pixels() const { return out_height * out_width; }
  Index taps() const { return kernel_height * kernel_width * channels; }
};

// Where the weights come from.
class Weights {
 public:
  virtual ~Weights() = default;
  // A panel of `columns` ≤ nr filters from `filter` on, without its biases: of the kernel's rows
  // [begin, end) the taps × channels, nr values side by side each (pack_panel).
  virtual void pack(Index filter, Index columns, Index begin, Index end, real* panel) const = 0;
};

// Reals that correlate needs as workspace.
Index correlate_workspace(const Correlation& sizes, bool accumulate);
// out = source ∗ weights + bias (nullptr for none); accumulate: added to what out holds.
void correlate(const Correlation& sizes, const real* source, const Weights& weights,
               const real* bias, real* out, bool accumulate, real* workspace);

}  // namespace deai::kernels

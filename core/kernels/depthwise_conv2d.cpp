#include "kernels/depthwise_conv2d.h"

#include <algorithm>

#include "kernels/share.h"
#include "kernels/window_sums.h"

namespace deai::kernels {

namespace {

constexpr Index kBehind = kReadBehindBytes / Index{sizeof(real)};

// Forward and dx are one loop, over filters: where there are more of them than channels, x is
// written out once per filter, and dx is summed from as many.
struct Workspace {
  real* weights;      // [kernel_height, kernel_width, filters]
  WindowLine* lines;  // [columns of the result]
  real* images;       // per worker [height, width, filters], where filters and channels differ
  Index image_size;
  Index workers;
  Index size;

  real* image(Index worker) const { return images + worker * image_size; }
};

Workspace carve(const Conv2d& s, Index columns, real* memory) {
  Carver carver(memory);
  Workspace parts{};
  parts.weights = carver.take(s.kernel_height * s.kernel_width * s.filters + kBehind);
  parts.lines = carver.take_as<WindowLine>(columns);
  const double products = static_cast<double>(s.batch) * static_cast<double>(s.out_height()) *
                          static_cast<double>(s.out_width()) *
                          static_cast<double>(s.kernel_height * s.kernel_width * s.filters);
  parts.workers = worthwhile_threads(products);
  if (s.filters != s.channels) {
    parts.image_size = s.height * s.width * s.filters + kBehind;
    // The loop over images may give work to any of the threads.
    parts.images = carver.take(parts.image_size * (parts.workers > 1 ? threads() : 1));
  }
  parts.size = carver.used();
  return parts;
}

WindowSums prepare(const Conv2d& s, const WindowAxis& rows, const WindowAxis& columns,
                   const real* w, const Workspace& parts) {
  const Index taps = s.kernel_height * s.kernel_width;
  for (Index filter = 0; filter < s.filters; ++filter) {
    for (Index tap = 0; tap < taps; ++tap) {
      parts.weights[tap * s.filters + filter] = w[filter * taps + tap];
    }
  }
  for (Index place = 0; place < columns.result; ++place) {
    parts.lines[place] = window_line(columns, place);
  }
  return {.rows = rows,
          .columns = columns,
          .channels = s.filters,
          .lines = parts.lines,
          .weights = parts.weights,
          .weight_row = s.kernel_width * s.filters,
          .weight_column = s.filters};
}

// dx[pixel, c] = Σ_m image[pixel, c·multiplier + m], or that added.
void fold_channels(const real* image, Index pixels, Index channels, Index multiplier, real* dx,
                   bool accumulate) {
  for (Index place = 0; place < pixels * channels; ++place) {
    real sum = accumulate ? dx[place] : 0;
    for (Index m = 0; m < multiplier; ++m) sum += image[place * multiplier + m];
    dx[place] = sum;
  }
}

}  // namespace

void repeat_channels(const real* x, Index pixels, Index channels, Index multiplier, real* out) {
  for (Index place = 0; place < pixels * channels; ++place) {
    for (Index m = 0; m < multiplier; ++m) out[place * multiplier + m] = x[place];
  }
}

Index depthwise_conv2d_workspace(const Conv2d& s) { return carve(s, s.out_width(), nullptr).size; }

void depthwise_conv2d(const Conv2d& s, const real* x, const real* w, const real* bias, real* y,
                      real* workspace) {
  const Workspace parts = carve(s, s.out_width(), workspace);
  WindowSums sums = prepare(s, forward_rows(s), forward_columns(s), w, parts);
  sums.bias = bias;
  const Index pixels = s.height * s.width;
  share(parts.workers, s.batch, [&](Index image, Index worker) {
    const real* source = x + image * pixels * s.channels;
    if (parts.images != nullptr) {
      repeat_channels(source, pixels, s.channels, s.filters / s.channels, parts.image(worker));
      source = parts.image(worker);
    }
    window_sums(sums, source, y + image * s.out_height() * s.out_width() * s.filters);
  });
}

Index depthwise_conv2d_input_gradient_workspace(const Conv2d& s) {
  return carve(s, s.width, nullptr).size;
}

void depthwise_conv2d_input_gradient(const Conv2d& s, const real* dy, const real* w, real* dx,
                                     bool accumulate, real* workspace) {
  const Workspace parts = carve(s, s.width, workspace);
  WindowSums sums = prepare(s, backward_rows(s), backward_columns(s), w, parts);
  sums.accumulate = accumulate && parts.images == nullptr;
  const Index pixels = s.height * s.width;
  share(parts.workers, s.batch, [&](Index image, Index worker) {
    const real* const slopes = dy + image * s.out_height() * s.out_width() * s.filters;
    real* const to = dx + image * pixels * s.channels;
    if (parts.images == nullptr) return window_sums(sums, slopes, to);
    window_sums(sums, slopes, parts.image(worker));
    fold_channels(parts.image(worker), pixels, s.channels, s.filters / s.channels, to, accumulate);
  });
}

}  // namespace deai::kernels

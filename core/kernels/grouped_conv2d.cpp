#include "kernels/grouped_conv2d.h"

#include <algorithm>

#include "kernels/depthwise_conv2d.h"

// Between the two kinds that have kernels of their own, group by group: a group's channels are
// gathered side by side, conv2d does the work, the result is spread again.
namespace deai::kernels {

namespace {

Conv2d one_group(Conv2d sizes, Index groups) {
  sizes.channels /= groups;
  sizes.filters /= groups;
  return sizes;
}

Index in_pixels(const Conv2d& s) { return s.batch * s.height * s.width; }
Index out_pixels(const Conv2d& s) { return s.batch * s.out_height() * s.out_width(); }

// A group's share of x (or dx) and of y (or dy), and what conv2d wants.
struct Workspace {
  real* x;
  real* y;
  real* rest;
  Index size;
};

Workspace carve(const Conv2d& one, Index rest, real* memory) {
  constexpr Index kBehind = kReadBehindBytes / Index{sizeof(real)};
  Carver carver(memory);
  Workspace parts{};
  parts.x = carver.take(in_pixels(one) * one.channels + kBehind);
  parts.y = carver.take(out_pixels(one) * one.filters + kBehind);
  parts.rest = carver.take(rest);
  parts.size = carver.used();
  return parts;
}

// out[pixel, channel] = all[pixel, first + channel]
void gather(const real* all, Index pixels, Index all_channels, Index channels, real* out) {
  for (Index pixel = 0; pixel < pixels; ++pixel) {
    std::copy_n(all + pixel * all_channels, channels, out + pixel * channels);
  }
}

// The other way round; accumulate: added.
void spread(const real* one, Index pixels, Index channels, Index all_channels, real* out,
            bool accumulate) {
  for (Index pixel = 0; pixel < pixels; ++pixel) {
    real* const to = out + pixel * all_channels;
    const real* const from = one + pixel * channels;
    for (Index channel = 0; channel < channels; ++channel) {
      to[channel] = from[channel] + (accumulate ? to[channel] : 0);
    }
  }
}

Index weights(const Conv2d& one) {
  return one.filters * one.kernel_height * one.kernel_width * one.channels;
}

}  // namespace

Index grouped_conv2d_workspace(const Conv2d& sizes, Index groups) {
  if (groups == 1) return conv2d_workspace(sizes);
  if (groups == sizes.channels) return depthwise_conv2d_workspace(sizes);
  const Conv2d one = one_group(sizes, groups);
  return carve(one, conv2d_workspace(one), nullptr).size;
}

void grouped_conv2d(const Conv2d& sizes, Index groups, const real* x, const real* w,
                    const real* bias, real* y, real* workspace) {
  if (groups == 1) return conv2d(sizes, x, w, bias, y, workspace);
  if (groups == sizes.channels) return depthwise_conv2d(sizes, x, w, bias, y, workspace);
  const Conv2d one = one_group(sizes, groups);
  const Workspace parts = carve(one, 0, workspace);
  for (Index group = 0; group < groups; ++group) {
    gather(x + group * one.channels, in_pixels(one), sizes.channels, one.channels, parts.x);
    conv2d(one, parts.x, w + group * weights(one),
           bias == nullptr ? nullptr : bias + group * one.filters, parts.y, parts.rest);
    spread(parts.y, out_pixels(one), one.filters, sizes.filters, y + group * one.filters, false);
  }
}

Index grouped_conv2d_input_gradient_workspace(const Conv2d& sizes, Index groups, bool accumulate) {
  if (groups == 1) return conv2d_input_gradient_workspace(sizes, accumulate);
  if (groups == sizes.channels) return depthwise_conv2d_input_gradient_workspace(sizes);
  const Conv2d one = one_group(sizes, groups);
  return carve(one, conv2d_input_gradient_workspace(one, false), nullptr).size;
}

void grouped_conv2d_input_gradient(const Conv2d& sizes, Index groups, const real* dy, const real* w,
                                   real* dx, bool accumulate, real* workspace) {
  if (groups == 1) return conv2d_input_gradient(sizes, dy, w, dx, accumulate, workspace);
  if (groups == sizes.channels) {
    return depthwise_conv2d_input_gradient(sizes, dy, w, dx, accumulate, workspace);
  }
  const Conv2d one = one_group(sizes, groups);
  const Workspace parts = carve(one, 0, workspace);
  for (Index group = 0; group < groups; ++group) {
    gather(dy + group * one.filters, out_pixels(one), sizes.filters, one.filters, parts.y);
    conv2d_input_gradient(one, parts.y, w + group * weights(one), parts.x, false, parts.rest);
    spread(parts.x, in_pixels(one), one.channels, sizes.channels, dx + group * one.channels,
           accumulate);
  }
}

Index grouped_conv2d_weight_gradient_workspace(const Conv2d& sizes, Index groups) {
  if (groups == 1) return conv2d_weight_gradient_workspace(sizes);
  if (groups == sizes.channels) return depthwise_conv2d_weight_gradient_workspace(sizes);
  const Conv2d one = one_group(sizes, groups);
  return carve(one, conv2d_weight_gradient_workspace(one), nullptr).size;
}

void grouped_conv2d_weight_gradient(const Conv2d& sizes, Index groups, const real* x,
                                    const real* dy, real* dw, bool accumulate, real* workspace) {
  if (groups == 1) return conv2d_weight_gradient(sizes, x, dy, dw, accumulate, workspace);
  if (groups == sizes.channels) {
    return depthwise_conv2d_weight_gradient(sizes, x, dy, dw, accumulate, workspace);
  }
  const Conv2d one = one_group(sizes, groups);
  const Workspace parts = carve(one, 0, workspace);
  for (Index group = 0; group < groups; ++group) {
    gather(x + group * one.channels, in_pixels(one), sizes.channels, one.channels, parts.x);
    gather(dy + group * one.filters, out_pixels(one), sizes.filters, one.filters, parts.y);
    conv2d_weight_gradient(one, parts.x, parts.y, dw + group * weights(one), accumulate,
                           parts.rest);
  }
}

}  // namespace deai::kernels

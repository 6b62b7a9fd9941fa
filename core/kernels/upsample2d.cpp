#include "kernels/upsample2d.h"

#include <algorithm>

#include "kernels/share.h"

namespace deai::kernels {

namespace {

// The two pixels between which one of the larger image lies, and how near it is to the second one.
struct Between {
  Index low;
  Index high;
  real weight;
};

Between between(Index place, Index size, Index factor, bool bilinear) {
  if (!bilinear) return {place / factor, place / factor, 0};
  const real at = std::max(
      real(0), (static_cast<real>(place) + real(0.5)) / static_cast<real>(factor) - real(0.5));
  const auto low = static_cast<Index>(at);
  return {low, std::min(low + 1, size - 1), at - static_cast<real>(low)};
}

// body(pixel of y, the four of x, their weights) for all pixels of one image.
template <typename Body>
void each_pixel(const Upsample2d& s, const Body& body) {
  const Index columns = s.width * s.factor_width;
  for (Index row = 0; row < s.height * s.factor_height; ++row) {
    const Between v = between(row, s.height, s.factor_height, s.bilinear);
    for (Index column = 0; column < columns; ++column) {
      const Between h = between(column, s.width, s.factor_width, s.bilinear);
      const Index from[4] = {v.low * s.width + h.low, v.low * s.width + h.high,
                             v.high * s.width + h.low, v.high * s.width + h.high};
      const real weights[4] = {(1 - v.weight) * (1 - h.weight), (1 - v.weight) * h.weight,
                               v.weight * (1 - h.weight), v.weight * h.weight};
      body(row * columns + column, from, weights);
    }
  }
}

template <typename Body>
void each_image(const Upsample2d& s, const Body& body) {
  const Index x_size = s.height * s.width * s.channels;
  const Index y_size = x_size * s.factor_height * s.factor_width;
  const double all = 4 * static_cast<double>(s.batch) * static_cast<double>(y_size);
  share(worthwhile_threads(all), s.batch,
        [&](Index image, Index /*worker*/) { body(image * x_size, image * y_size, x_size); });
}

}  // namespace

void upsample2d(const Upsample2d& sizes, const real* x, real* y) {
  const Index channels = sizes.channels;
  each_image(sizes, [&](Index x_at, Index y_at, Index) {
    each_pixel(sizes, [&](Index pixel, const Index* from, const real* weights) {
      real* __restrict const out = y + y_at + pixel * channels;
      const real* const in = x + x_at;
      for (Index c = 0; c < channels; ++c) {
        out[c] = weights[0] * in[from[0] * channels + c] + weights[1] * in[from[1] * channels + c] +
                 weights[2] * in[from[2] * channels + c] + weights[3] * in[from[3] * channels + c];
      }
    });
  });
}

void upsample2d_gradient(const Upsample2d& sizes, const real* dy, real* dx, bool accumulate) {
  const Index channels = sizes.channels;
  each_image(sizes, [&](Index x_at, Index y_at, Index x_size) {
    if (!accumulate) std::fill_n(dx + x_at, x_size, real(0));
    each_pixel(sizes, [&](Index pixel, const Index* from, const real* weights) {
      const real* const given = dy + y_at + pixel * channels;
      for (Index tap = 0; tap < 4; ++tap) {
        if (weights[tap] == 0) continue;
        real* __restrict const out = dx + x_at + from[tap] * channels;
        for (Index c = 0; c < channels; ++c) out[c] += weights[tap] * given[c];
      }
    });
  });
}

}  // namespace deai::kernels

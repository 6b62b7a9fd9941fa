#include "kernels/channel_norm.h"

#include <cmath>

#include "kernels/column_totals.h"
#include "kernels/memory.h"
#include "kernels/share.h"

namespace deai::kernels {

namespace {

// What one thread does by itself: some whole groups of one image.
struct Strip {
  const ChannelNorm& sizes;
  Index image;
  Index first;  // channel
  Index columns;

  Index pixel(Index row) const { return (image * sizes.pixels + row) * sizes.channels; }
  Index channel(Index c) const { return image * sizes.channels + c; }
};

template <typename Body>
void share_strips(const ChannelNorm& sizes, const Body& body) {
  constexpr Index kChannels = 64;
  const Index width = sizes.group * std::max<Index>(1, kChannels / sizes.group);
  const Index strips = ceil_div(sizes.channels, width);
  const double all = static_cast<double>(sizes.batch) * static_cast<double>(sizes.pixels) *
                     static_cast<double>(sizes.channels);
  share(worthwhile_threads(all), sizes.batch * strips, [&](Index index, Index /*worker*/) {
    const Index first = index % strips * width;
    body(Strip{sizes, index / strips, first, std::min(width, sizes.channels - first)});
  });
}

// Every value becomes the sum of its group's, times a factor.
void sum_groups(const Strip& strip, real factor, real* values) {
  const Index group = strip.sizes.group;
  for (Index begin = strip.first; begin < strip.first + strip.columns; begin += group) {
    real total = 0;
    for (Index c = begin; c < begin + group; ++c) total += values[strip.channel(c)];
    for (Index c = begin; c < begin + group; ++c) values[strip.channel(c)] = total * factor;
  }
}

real share_of_each(const ChannelNorm& sizes) {
  return static_cast<real>(1.0 /
                           (static_cast<double>(sizes.pixels) * static_cast<double>(sizes.group)));
}

// sums[image, c] = Σ over the pixels of term(place in x, place in sums).
template <typename Term>
void strip_totals(const Strip& strip, real* sums, const Term& term) {
  real* const out = sums + strip.channel(0);
  std::fill_n(out + strip.first, strip.columns, real(0));
  detail::column_totals(
      strip.sizes.pixels, strip.first, strip.columns, out,
      [&](Index row, Index c) { return term(strip.pixel(row) + c, strip.channel(c)); });
}

}  // namespace

// Mean first, then the squares of what differs from it: E[x²] − E[x]² would cancel.
void channel_moments(const ChannelNorm& sizes, const real* x, real* mean, real* variance) {
  const real each = share_of_each(sizes);
  share_strips(sizes, [&](const Strip& strip) {
    strip_totals(strip, mean, [&](Index at, Index) { return x[at]; });
    sum_groups(strip, each, mean);
    strip_totals(strip, variance, [&](Index at, Index channel) {
      const real off = x[at] - mean[channel];
      return off * off;
    });
    sum_groups(strip, each, variance);
  });
}

void inverse_deviation(const real* variance, Index count, real epsilon, real* scale) {
  for (Index i = 0; i < count; ++i) scale[i] = 1 / std::sqrt(variance[i] + epsilon);
}

void channel_norm(const ChannelNorm& sizes, const real* x, const real* mean, const real* scale,
                  const real* gamma, const real* beta, real* y) {
  share_strips(sizes, [&](const Strip& strip) {
    const Index channel = strip.channel(strip.first);
    const real* const means = mean + channel;
    const real* const scales = scale + channel;
    const real* const slopes = gamma + strip.first;
    const real* const shifts = beta + strip.first;
    for (Index row = 0; row < sizes.pixels; ++row) {
      const real* const in = x + strip.pixel(row) + strip.first;
      real* __restrict const out = y + strip.pixel(row) + strip.first;
      for (Index c = 0; c < strip.columns; ++c) {
        out[c] = (in[c] - means[c]) * (scales[c] * slopes[c]) + shifts[c];
      }
    }
  });
}

void channel_norm_sums(const ChannelNorm& sizes, const real* x, const real* mean, const real* scale,
                       const real* dy, real* sums, real* products) {
  share_strips(sizes, [&](const Strip& strip) {
    strip_totals(strip, sums, [&](Index at, Index) { return dy[at]; });
    strip_totals(strip, products,
                 [&](Index at, Index channel) { return dy[at] * (x[at] - mean[channel]); });
    for (Index c = strip.first; c < strip.first + strip.columns; ++c) {
      products[strip.channel(c)] *= scale[strip.channel(c)];
    }
  });
}

// With g = dy·gamma and n = (x − mean)·scale, means over the group: dx = scale·(g − mean of g −
// n·(mean of g·n)), written as dy·(scale·gamma) + (x − mean)·slope + shift.
void channel_norm_input_gradient(const ChannelNorm& sizes, bool fixed, const real* x,
                                 const real* mean, const real* scale, const real* gamma,
                                 const real* dy, const real* sums, const real* products, real* dx,
                                 bool accumulate, real* workspace) {
  real* const slope = workspace;
  real* const shift = workspace + sizes.batch * sizes.channels;
  const real each = fixed ? 0 : share_of_each(sizes);
  share_strips(sizes, [&](const Strip& strip) {
    for (Index c = strip.first; c < strip.first + strip.columns; ++c) {
      const Index at = strip.channel(c);
      slope[at] = -gamma[c] * products[at] * scale[at] * scale[at];
      shift[at] = -gamma[c] * sums[at] * scale[at];
    }
    sum_groups(strip, each, slope);
    sum_groups(strip, each, shift);
    const Index channel = strip.channel(strip.first);
    const real* const means = mean + channel;
    const real* const scales = scale + channel;
    const real* const slopes = slope + channel;
    const real* const shifts = shift + channel;
    const real* const gammas = gamma + strip.first;
    for (Index row = 0; row < sizes.pixels; ++row) {
      const Index at = strip.pixel(row) + strip.first;
      const real* const in = x + at;
      const real* const given = dy + at;
      real* __restrict const out = dx + at;
      if (accumulate) {
        for (Index c = 0; c < strip.columns; ++c) {
          out[c] += given[c] * (scales[c] * gammas[c]) + (in[c] - means[c]) * slopes[c] + shifts[c];
        }
      } else {
        for (Index c = 0; c < strip.columns; ++c) {
          out[c] = given[c] * (scales[c] * gammas[c]) + (in[c] - means[c]) * slopes[c] + shifts[c];
        }
      }
    }
  });
}

}  // namespace deai::kernels

#include "kernels/max_pool2d.h"

#include <algorithm>
#include <type_traits>

#include "kernels/conv2d.h"
#include "kernels/share.h"

namespace deai::kernels {

namespace {

constexpr Index kChannels = 8;  // compared side by side, in registers

// A window cut to the image: taps [begin, end) of it, and the source pixel of tap 0 (which may lie
// outside).
struct Span {
  Index begin;
  Index end;
  Index origin;
};
Span cut(Index out, Index stride, Index padding, Index kernel, Index size) {
  const Index origin = out * stride - padding;
  return {std::max<Index>(0, -origin), std::min(kernel, size - origin), origin};
}

// Calls visit(row span, column span, element of y) for each window of each image.
template <typename Visit>
void for_each_window(const MaxPool2d& s, Visit visit) {
  const Index out_height = s.out_height();
  const Index out_width = s.out_width();
  for (Index row = 0; row < out_height; ++row) {
    const Span rows = cut(row, s.stride_height, s.padding_height, s.kernel_height, s.height);
    for (Index column = 0; column < out_width; ++column) {
      visit(rows, cut(column, s.stride_width, s.padding_width, s.kernel_width, s.width),
            (row * out_width + column) * s.channels);
    }
  }
}

// One window for `width` channels; the constant is what lets the compiler use vectors. x: the
// image from its first of these channels on.
template <Index width>
void pool(const MaxPool2d& s, const Span& rows, const Span& columns, const real* x, real* y,
          std::uint16_t* taps) {
  const auto pixel = [&](Index kh, Index kw) {
    return x + ((rows.origin + kh) * s.width + columns.origin + kw) * s.channels;
  };
  // As wide as the numbers, so that one comparison selects both without being narrowed first.
  using Tap = std::conditional_t<sizeof(real) == 4, std::uint32_t, std::uint64_t>;
  real best[width];
  Tap from[width];
  std::copy_n(pixel(rows.begin, columns.begin), width, best);
  std::fill_n(from, width, static_cast<Tap>(rows.begin * s.kernel_width + columns.begin));
  for (Index kh = rows.begin; kh < rows.end; ++kh) {
    for (Index kw = columns.begin; kw < columns.end; ++kw) {
      const real* const values = pixel(kh, kw);
      const auto tap = static_cast<Tap>(kh * s.kernel_width + kw);
      for (Index channel = 0; channel < width; ++channel) {
        const bool larger = values[channel] > best[channel];
        from[channel] = larger ? tap : from[channel];
        best[channel] = larger ? values[channel] : best[channel];
      }
    }
  }
  std::copy_n(best, width, y);
  std::transform(from, from + width, taps, [](Tap tap) { return static_cast<std::uint16_t>(tap); });
}

// Every tap of a window is asked: a few selections on vectors cost less than a scattered addition
// per element.
void add_where(const std::uint16_t* __restrict taps, std::uint16_t tap, const real* __restrict dy,
               Index channels, real* __restrict dx) {
  for (Index channel = 0; channel < channels; ++channel) {
    const real slope = dy[channel];
    dx[channel] += taps[channel] == tap ? slope : 0;
  }
}

template <typename Body>
void share_images(const MaxPool2d& s, const Body& body) {
  constexpr double kCost = 8;  // of a comparison, in multiplications of a product
  const double comparisons = static_cast<double>(s.batch) * static_cast<double>(s.channels) *
                             static_cast<double>(s.out_height() * s.out_width()) *
                             static_cast<double>(s.kernel_height * s.kernel_width);
  share(worthwhile_threads(kCost * comparisons), s.batch,
        [&](Index image, Index /*worker*/) { body(image); });
}

}  // namespace

Index MaxPool2d::out_height() const {
  return window_count(height, kernel_height, stride_height, padding_height, 1);
}

Index MaxPool2d::out_width() const {
  return window_count(width, kernel_width, stride_width, padding_width, 1);
}

void max_pool2d(const MaxPool2d& s, const real* x, real* y, std::uint16_t* taps) {
  const Index x_size = s.height * s.width * s.channels;
  const Index y_size = s.out_height() * s.out_width() * s.channels;
  share_images(s, [&](Index image) {
    const real* const from = x + image * x_size;
    for_each_window(s, [&](const Span& rows, const Span& columns, Index place) {
      place += image * y_size;
      Index channel = 0;
      for (; channel + kChannels <= s.channels; channel += kChannels) {
        pool<kChannels>(s, rows, columns, from + channel, y + place + channel,
                        taps + place + channel);
      }
      for (; channel < s.channels; ++channel) {
        pool<1>(s, rows, columns, from + channel, y + place + channel, taps + place + channel);
      }
    });
  });
}

void max_pool2d_gradient(const MaxPool2d& s, const real* dy, const std::uint16_t* taps, real* dx,
                         bool accumulate) {
  const Index x_size = s.height * s.width * s.channels;
  const Index y_size = s.out_height() * s.out_width() * s.channels;
  share_images(s, [&](Index image) {
    real* const to = dx + image * x_size;
    if (!accumulate) std::fill_n(to, x_size, real(0));
    for_each_window(s, [&](const Span& rows, const Span& columns, Index place) {
      place += image * y_size;
      for (Index kh = rows.begin; kh < rows.end; ++kh) {
        for (Index kw = columns.begin; kw < columns.end; ++kw) {
          const Index pixel = (rows.origin + kh) * s.width + columns.origin + kw;
          add_where(taps + place, static_cast<std::uint16_t>(kh * s.kernel_width + kw), dy + place,
                    s.channels, to + pixel * s.channels);
        }
      }
    });
  });
}

}  // namespace deai::kernels

#include "kernels/max_pool2d.h"

#include <algorithm>

#include "kernels/conv2d.h"

namespace deai::kernels {

namespace {

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

}  // namespace

Index MaxPool2d::out_height() const {
  return window_count(height, kernel_height, stride_height, padding_height, 1);
}

Index MaxPool2d::out_width() const {
  return window_count(width, kernel_width, stride_width, padding_width, 1);
}

void max_pool2d(const MaxPool2d& s, const real* x, real* y, std::int32_t* taps) {
  for (Index image = 0; image < s.batch; ++image) {
    for_each_window(s, [&](const Span& rows, const Span& columns, Index place) {
      real* const best = y + place;
      std::int32_t* const from = taps + place;
      bool first = true;
      for (Index kh = rows.begin; kh < rows.end; ++kh) {
        for (Index kw = columns.begin; kw < columns.end; ++kw) {
          const real* const pixel =
              x + ((rows.origin + kh) * s.width + columns.origin + kw) * s.channels;
          const auto tap = static_cast<std::int32_t>(kh * s.kernel_width + kw);
          if (first) {
            std::copy_n(pixel, s.channels, best);
            std::fill_n(from, s.channels, tap);
            first = false;
            continue;
          }
          for (Index channel = 0; channel < s.channels; ++channel) {
            const bool larger = pixel[channel] > best[channel];
            from[channel] = larger ? tap : from[channel];
            best[channel] = larger ? pixel[channel] : best[channel];
          }
        }
      }
    });
    x += s.height * s.width * s.channels;
    y += s.out_height() * s.out_width() * s.channels;
    taps += s.out_height() * s.out_width() * s.channels;
  }
}

void max_pool2d_gradient(const MaxPool2d& s, const real* dy, const std::int32_t* taps, real* dx) {
  for (Index image = 0; image < s.batch; ++image) {
    for_each_window(s, [&](const Span& rows, const Span& columns, Index place) {
      for (Index channel = 0; channel < s.channels; ++channel) {
        const Index tap = taps[place + channel];
        const Index row = rows.origin + tap / s.kernel_width;
        const Index column = columns.origin + tap % s.kernel_width;
        dx[(row * s.width + column) * s.channels + channel] += dy[place + channel];
      }
    });
    dx += s.height * s.width * s.channels;
    dy += s.out_height() * s.out_width() * s.channels;
    taps += s.out_height() * s.out_width() * s.channels;
  }
}

}  // namespace deai::kernels

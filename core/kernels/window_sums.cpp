#include "kernels/window_sums.h"

#include <algorithm>

#include "kernels/lanes.h"

namespace deai::kernels {

namespace {

constexpr Index kTile = 4;     // neighbouring results that share loads of weights
constexpr Index kVectors = 2;  // of channels, summed side by side: sums that do not wait for others

// The results of `pixels` windows with equal taps, a `spread` of the columns apart, for some
// channels: vectors · kLanes of them, or of one vector the first `lanes`.
template <Index vectors, Index pixels>
void sum(const WindowSums& s, const WindowLine& rows, const WindowLine& columns, Index channel,
         Index lanes, const real* source, real* result) {
  const Index shift = s.columns.stride * s.channels;
  Lanes sums[pixels][vectors] = {};
  if (s.bias != nullptr) {
    for (auto& pixel : sums) {
      for (Index v = 0; v < vectors; ++v) pixel[v] = load(s.bias + channel + v * kLanes);
    }
  }
  const Index row_size = s.columns.source * s.channels;
  const real* from_row = source + rows.source * row_size + columns.source * s.channels + channel;
  const real* weight_row =
      s.weights + rows.tap * s.weight_row + columns.tap * s.weight_column + channel;
  for (Index row = 0; row < rows.count; ++row) {
    const real* from = from_row;
    const real* weight = weight_row;
    for (Index column = 0; column < columns.count; ++column) {
      for (Index v = 0; v < vectors; ++v) {
        const Lanes factor = load(weight + v * kLanes);
        for (Index p = 0; p < pixels; ++p) {
          sums[p][v] += load(from + p * shift + v * kLanes) * factor;
        }
      }
      from += columns.source_step * s.channels;
      weight += columns.tap_step * s.weight_column;
    }
    from_row += rows.source_step * row_size;
    weight_row += rows.tap_step * s.weight_row;
  }
  for (Index p = 0; p < pixels; ++p) {
    for (Index v = 0; v < vectors; ++v) {
      real* const to = result + p * s.columns.spread * s.channels + channel + v * kLanes;
      if constexpr (vectors == 1) {
        store(to, s.accumulate ? load(to, lanes) + sums[p][v] : sums[p][v], lanes);
      } else {
        store(to, s.accumulate ? load(to) + sums[p][v] : sums[p][v]);
      }
    }
  }
}

template <Index pixels>
void sum_channels(const WindowSums& s, const WindowLine& rows, const WindowLine& columns,
                  const real* source, real* result) {
  constexpr Index kBlock = kVectors * kLanes;
  Index channel = 0;
  for (; channel + kBlock <= s.channels; channel += kBlock) {
    sum<kVectors, pixels>(s, rows, columns, channel, kLanes, source, result);
  }
  for (; channel < s.channels; channel += kLanes) {
    const Index lanes = std::min(kLanes, s.channels - channel);
    sum<1, pixels>(s, rows, columns, channel, lanes, source, result);
  }
}

// kTile windows, a spread apart, differ by their place alone.
bool uniform(const WindowAxis& axis, const WindowLine* lines) {
  for (Index p = 1; p < kTile; ++p) {
    const WindowLine& line = lines[p * axis.spread];
    if (line.count != lines->count || line.tap != lines->tap) return false;
  }
  return true;
}

}  // namespace

WindowAxis forward_rows(const Conv2d& s) {
  return {s.height,
          s.out_height(),
          s.kernel_height,
          s.stride_height,
          -s.padding_height,
          s.dilation_height,
          1};
}

WindowAxis forward_columns(const Conv2d& s) {
  return {
      s.width, s.out_width(), s.kernel_width, s.stride_width, -s.padding_width, s.dilation_width,
      1};
}

WindowAxis backward_rows(const Conv2d& s) {
  return {s.out_height(),   s.height,           s.kernel_height, 1,
          s.padding_height, -s.dilation_height, s.stride_height};
}

WindowAxis backward_columns(const Conv2d& s) {
  return {s.out_width(),   s.width,           s.kernel_width, 1,
          s.padding_width, -s.dilation_width, s.stride_width};
}

WindowLine window_line(const WindowAxis& axis, Index place) {
  WindowLine line;
  for (Index tap = 0; tap < axis.kernel; ++tap) {
    const Index at = place * axis.stride + axis.offset + tap * axis.dilation;
    if (at < 0 || at % axis.spread != 0 || at / axis.spread >= axis.source) continue;
    if (line.count == 0) {
      line.source = at / axis.spread;
      line.tap = tap;
    } else if (line.count == 1) {
      line.source_step = at / axis.spread - line.source;
      line.tap_step = tap - line.tap;
    }
    ++line.count;
  }
  return line;
}

void window_sums(const WindowSums& s, const real* source, real* result) {
  const Index spread = s.columns.spread;
  for (Index row = 0; row < s.rows.result; ++row) {
    const WindowLine line = window_line(s.rows, row);
    real* const to = result + row * s.columns.result * s.channels;
    for (Index first = 0; first < std::min(spread, s.columns.result); ++first) {
      for (Index column = first; column < s.columns.result;) {
        const bool tile = column + (kTile - 1) * spread < s.columns.result &&
                          uniform(s.columns, s.lines + column);
        real* const at = to + column * s.channels;
        if (tile) {
          sum_channels<kTile>(s, line, s.lines[column], source, at);
          column += kTile * spread;
        } else {
          sum_channels<1>(s, line, s.lines[column], source, at);
          column += spread;
        }
      }
    }
  }
}

}  // namespace deai::kernels

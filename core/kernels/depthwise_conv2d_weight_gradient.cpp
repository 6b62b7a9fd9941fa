#include <algorithm>

#include "kernels/depthwise_conv2d.h"
#include "kernels/lanes.h"
#include "kernels/share.h"

// dw[i, j, filter] = Σ over output pixels of x(the pixel that tap (i, j) reads)·dy[pixel], each
// channel for itself: one row of outputs at a time, for a few taps of a kernel row together, so
// that dy is loaded once for all of them.
namespace deai::kernels {

namespace {

constexpr Index kTaps = 3;
constexpr Index kRange = 4 * kLanes;  // filters of one worker's turn: whole lines of the cache

struct Workspace {
  real* sums;   // [kernel_height, kernel_width, filters]
  real* image;  // [height, width, filters], where filters and channels differ
  Index size;
};

Workspace carve(const Conv2d& s, real* memory) {
  Carver carver(memory);
  Workspace parts{};
  parts.sums = carver.take(s.kernel_height * s.kernel_width * s.filters);
  if (s.filters != s.channels) {
    parts.image =
        carver.take(s.height * s.width * s.filters + kReadBehindBytes / Index{sizeof(real)});
  }
  parts.size = carver.used();
  return parts;
}

// The outputs of a row for which one tap lies inside of the image.
struct Range {
  Index begin;
  Index end;
};
Range inside(const Conv2d& s, Index tap) {
  const Index first = tap * s.dilation_width - s.padding_width;  // what output 0 reads
  const Index begin = first < 0 ? ceil_div(-first, s.stride_width) : 0;
  const Index end =
      first < s.width ? std::min(s.out_width(), ceil_div(s.width - first, s.stride_width)) : 0;
  return {begin, std::max(begin, end)};
}

// sums[tap] += Σ over the outputs of x·dy, for neighbouring taps; of one vector `lanes` channels.
// x: row of the image; first: the pixel that the first tap reads for output 0, perhaps outside.
template <Index taps, Index vectors>
void add(const Conv2d& s, const Range& outputs, const real* x, Index first, const real* dy,
         real* sums, Index lanes) {
  if (outputs.begin >= outputs.end) return;
  Lanes parts[taps][vectors] = {};
  for (Index output = outputs.begin; output < outputs.end; ++output) {
    const real* const pixel = x + (first + output * s.stride_width) * s.filters;
    for (Index v = 0; v < vectors; ++v) {
      const Lanes slope = load(dy + output * s.filters + v * kLanes);
      for (Index tap = 0; tap < taps; ++tap) {
        parts[tap][v] += load(pixel + tap * s.dilation_width * s.filters + v * kLanes) * slope;
      }
    }
  }
  for (Index tap = 0; tap < taps; ++tap) {
    for (Index v = 0; v < vectors; ++v) {
      real* const to = sums + tap * s.filters + v * kLanes;
      if constexpr (vectors == 1) {
        store(to, load(to, lanes) + parts[tap][v], lanes);
      } else {
        store(to, load(to) + parts[tap][v]);
      }
    }
  }
}

// The same for all taps of a kernel row.
template <Index vectors>
void add_row(const Conv2d& s, const real* x, const real* dy, real* sums, Index lanes) {
  const auto add_one = [&](const Range& outputs, Index tap) {
    add<1, vectors>(s, outputs, x, tap * s.dilation_width - s.padding_width, dy,
                    sums + tap * s.filters, lanes);
  };
  Index tap = 0;
  for (; tap + kTaps <= s.kernel_width; tap += kTaps) {
    // The last tap leaves the image first, the first one enters it last.
    const Index begin = inside(s, tap).begin;
    const Index end = std::max(begin, inside(s, tap + kTaps - 1).end);
    add<kTaps, vectors>(s, {begin, end}, x, tap * s.dilation_width - s.padding_width, dy,
                        sums + tap * s.filters, lanes);
    for (Index each = tap; each < tap + kTaps; ++each) {
      const Range all = inside(s, each);
      add_one({all.begin, std::min(all.end, begin)}, each);
      add_one({end, all.end}, each);
    }
  }
  for (; tap < s.kernel_width; ++tap) add_one(inside(s, tap), tap);
}

// The same for as many blocks of channels as there are in [filter, end); leaves `filter` behind
// them.
template <Index vectors>
void add_blocks(const Conv2d& s, const real* x, const real* dy, real* sums, Index& filter,
                Index end) {
  constexpr Index kBlock = vectors * kLanes;
  for (; filter + (vectors == 1 ? 1 : kBlock) <= end; filter += kBlock) {
    add_row<vectors>(s, x + filter, dy + filter, sums + filter, std::min(kLanes, end - filter));
  }
}

// Adds one image's share for the filters [begin, end).
void add_image(const Conv2d& s, const real* x, const real* dy, real* sums, Index begin, Index end) {
  for (Index output = 0; output < s.out_height(); ++output) {
    for (Index tap = 0; tap < s.kernel_height; ++tap) {
      const Index row = output * s.stride_height - s.padding_height + tap * s.dilation_height;
      if (row < 0 || row >= s.height) continue;
      const real* const from = x + row * s.width * s.filters;
      const real* const slopes = dy + output * s.out_width() * s.filters;
      real* const to = sums + tap * s.kernel_width * s.filters;
      Index filter = begin;
      // As many sums side by side as registers hold: a sum that waits for itself is slow.
      add_blocks<4>(s, from, slopes, to, filter, end);
      add_blocks<2>(s, from, slopes, to, filter, end);
      add_blocks<1>(s, from, slopes, to, filter, end);
    }
  }
}

}  // namespace

Index depthwise_conv2d_weight_gradient_workspace(const Conv2d& s) { return carve(s, nullptr).size; }

void depthwise_conv2d_weight_gradient(const Conv2d& s, const real* x, const real* dy, real* dw,
                                      bool accumulate, real* workspace) {
  const Workspace parts = carve(s, workspace);
  const Index taps = s.kernel_height * s.kernel_width;
  std::fill_n(parts.sums, taps * s.filters, real(0));
  const Index x_size = s.height * s.width * s.channels;
  const Index dy_size = s.out_height() * s.out_width() * s.filters;
  if (parts.image != nullptr) {
    for (Index image = 0; image < s.batch; ++image) {
      repeat_channels(x + image * x_size, s.height * s.width, s.channels, s.filters / s.channels,
                      parts.image);
      add_image(s, parts.image, dy + image * dy_size, parts.sums, 0, s.filters);
    }
  } else {
    // Each filter is a sum of its own: the same one in whatever range it lies.
    const Index workers =
        worthwhile_threads(static_cast<double>(s.batch * dy_size) * static_cast<double>(taps));
    const Index range = workers > 1 ? kRange : std::max<Index>(s.filters, 1);
    share(workers, ceil_div(s.filters, range), [&](Index turn, Index /*worker*/) {
      for (Index image = 0; image < s.batch; ++image) {
        add_image(s, x + image * x_size, dy + image * dy_size, parts.sums, turn * range,
                  std::min(s.filters, (turn + 1) * range));
      }
    });
  }
  for (Index filter = 0; filter < s.filters; ++filter) {
    for (Index tap = 0; tap < taps; ++tap) {
      real& to = dw[filter * taps + tap];
      to = parts.sums[tap * s.filters + filter] + (accumulate ? to : 0);
    }
  }
}

}  // namespace deai::kernels

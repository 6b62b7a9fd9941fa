#include "kernels/conv2d.h"

#include <algorithm>
#include <numeric>

#include "kernels/correlation.h"
#include "kernels/micro.h"
#include "kernels/pack.h"

namespace deai::kernels {

namespace {

Correlation forward(const Conv2d& s) {
  const Index out_row = s.out_width() * s.filters;
  return {.batch = s.batch,
          .height = s.height,
          .width = s.width,
          .channels = s.channels,
          .out_height = s.out_height(),
          .out_width = s.out_width(),
          .filters = s.filters,
          .kernel_height = s.kernel_height,
          .kernel_width = s.kernel_width,
          .stride_height = s.stride_height,
          .stride_width = s.stride_width,
          .dilation_height = s.dilation_height,
          .dilation_width = s.dilation_width,
          .top = s.padding_height,
          .left = s.padding_width,
          .out_image_pitch = s.out_height() * out_row,
          .out_row_pitch = out_row,
          .out_pixel_pitch = s.filters};
}

class ForwardWeights final : public Weights {
 public:
  ForwardWeights(const Correlation& c, const real* w)
      : w_(w), taps_(c.taps()), row_(c.taps() / c.kernel_height) {}
  void pack(Index filter, Index columns, Index begin, Index end, real* panel) const override {
    pack_panel(w_ + filter * taps_ + begin * row_, taps_, true, (end - begin) * row_, columns,
               micro_kernels().nr, panel);
  }

 private:
  const real* w_;  // [filters, kernel rows, row]
  Index taps_;
  Index row_;
};

// In one dimension: the pixels of x whose place, with padding, leaves the same remainder when
// divided by the stride are read by the same taps, and by no other. Their gradient is a correlation
// of dy with those taps, turned, at stride 1: no zeros stand between the pixels of dy.
struct Phase {
  Index first;  // pixel of x; the others follow at distances of the stride
  Index count;
  Index first_tap, tap_step, taps;
  Index dilation;  // of the correlation
  Index before;    // zeros before dy
};

// i·dilation ≡ first + padding (mod stride) for the taps i; window o = (pixel + padding −
// i·dilation) / stride.
Phase make_phase(Index first, Index size, Index kernel, Index stride, Index padding,
                 Index dilation) {
  const Index common = std::gcd(stride, dilation);
  Phase phase{.first = first,
              .count = ceil_div(std::max<Index>(0, size - first), stride),
              .first_tap = 0,
              .tap_step = stride / common,
              .taps = 0,
              .dilation = dilation / common,
              .before = 0};
  while (phase.first_tap < phase.tap_step &&
         (first + padding - phase.first_tap * dilation) % stride != 0) {
    ++phase.first_tap;
  }
  if (phase.first_tap == phase.tap_step || phase.first_tap >= kernel) return phase;
  phase.taps = ceil_div(kernel - phase.first_tap, phase.tap_step);
  const Index window = (first + padding - phase.first_tap * dilation) / stride;
  phase.before = (phase.taps - 1) * phase.dilation - window;
  return phase;
}

Correlation backward(const Conv2d& s, const Phase& rows, const Phase& columns) {
  return {.batch = s.batch,
          .height = s.out_height(),
          .width = s.out_width(),
          .channels = s.filters,
          .out_height = rows.count,
          .out_width = columns.count,
          .filters = s.channels,
          .kernel_height = rows.taps,
          .kernel_width = columns.taps,
          .stride_height = 1,
          .stride_width = 1,
          .dilation_height = rows.dilation,
          .dilation_width = columns.dilation,
          .top = rows.before,
          .left = columns.before,
          .out_image_pitch = s.height * s.width * s.channels,
          .out_row_pitch = s.stride_height * s.width * s.channels,
          .out_pixel_pitch = s.stride_width * s.channels};
}

// The taps of a phase, turned by half a turn.
class BackwardWeights final : public Weights {
 public:
  BackwardWeights(const Conv2d& sizes, const Phase& rows, const Phase& columns, const real* w)
      : sizes_(sizes), rows_(rows), columns_(columns), w_(w) {}
  void pack(Index channel, Index count, Index begin, Index end, real* panel) const override {
    const Index nr = micro_kernels().nr;
    const Index taps = sizes_.kernel_height * sizes_.kernel_width * sizes_.channels;
    for (Index row = begin; row < end; ++row) {
      const Index tap_row = rows_.first_tap + (rows_.taps - 1 - row) * rows_.tap_step;
      for (Index column = columns_.taps - 1; column >= 0; --column) {
        const Index tap_column = columns_.first_tap + column * columns_.tap_step;
        pack_panel(w_ + (tap_row * sizes_.kernel_width + tap_column) * sizes_.channels + channel,
                   taps, false, sizes_.filters, count, nr, panel);
        panel += sizes_.filters * nr;
      }
    }
  }

 private:
  const Conv2d& sizes_;
  const Phase& rows_;
  const Phase& columns_;
  const real* w_;  // [filters, kernel rows, kernel columns, channels]
};

// visit(rows, columns) for every phase that has pixels.
template <typename Visit>
void for_each_phase(const Conv2d& s, Visit visit) {
  for (Index row = 0; row < std::min(s.stride_height, s.height); ++row) {
    const Phase rows = make_phase(row, s.height, s.kernel_height, s.stride_height, s.padding_height,
                                  s.dilation_height);
    for (Index column = 0; column < std::min(s.stride_width, s.width); ++column) {
      visit(rows, make_phase(column, s.width, s.kernel_width, s.stride_width, s.padding_width,
                             s.dilation_width));
    }
  }
}

// No window reads these pixels.
void clear(const Correlation& c, real* dx) {
  for (Index image = 0; image < c.batch; ++image) {
    for (Index pixel = 0; pixel < c.out_pixels(); ++pixel) {
      std::fill_n(dx + image * c.out_image_pitch + pixel / c.out_width * c.out_row_pitch +
                      pixel % c.out_width * c.out_pixel_pitch,
                  c.filters, real(0));
    }
  }
}

}  // namespace

Index window_count(Index size, Index kernel, Index stride, Index padding, Index dilation) {
  const Index room = size + 2 * padding - (kernel - 1) * dilation - 1;
  return room < 0 ? 0 : room / stride + 1;
}

Index Conv2d::out_height() const {
  return window_count(height, kernel_height, stride_height, padding_height, dilation_height);
}

Index Conv2d::out_width() const {
  return window_count(width, kernel_width, stride_width, padding_width, dilation_width);
}

Index conv2d_workspace(const Conv2d& sizes) { return correlate_workspace(forward(sizes), false); }

void conv2d(const Conv2d& sizes, const real* x, const real* w, const real* bias, real* y,
            real* workspace) {
  const Correlation c = forward(sizes);
  correlate(c, x, ForwardWeights(c, w), bias, y, false, workspace);
}

Index conv2d_input_gradient_workspace(const Conv2d& sizes, bool accumulate) {
  Index most = 0;
  for_each_phase(sizes, [&](const Phase& rows, const Phase& columns) {
    if (rows.taps * columns.taps == 0) return;
    most = std::max(most, correlate_workspace(backward(sizes, rows, columns), accumulate));
  });
  return most;
}

void conv2d_input_gradient(const Conv2d& sizes, const real* dy, const real* w, real* dx,
                           bool accumulate, real* workspace) {
  for_each_phase(sizes, [&](const Phase& rows, const Phase& columns) {
    const Correlation c = backward(sizes, rows, columns);
    real* const first = dx + (rows.first * sizes.width + columns.first) * sizes.channels;
    if (rows.taps * columns.taps > 0) {
      correlate(c, dy, BackwardWeights(sizes, rows, columns, w), nullptr, first, accumulate,
                workspace);
    } else if (!accumulate) {
      clear(c, first);
    }
  });
}

}  // namespace deai::kernels

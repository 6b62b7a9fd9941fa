#include "kernels/conv2d.h"

#include <algorithm>

#include "kernels/micro.h"
#include "kernels/pack.h"
#include "kernels/share.h"

// Forward and dx are one loop: a correlation of a source image, held with its zeros around it, by
// the indirect matrix product (Dukhan, "The indirect convolution algorithm", 2019): a table of
// pointers says where the pixels of each window lie, and nothing is unrolled into columns. In an
// image that holds its own zeros the taps of one kernel row are neighbours: one term of the
// indirect product is a whole kernel row, which is what makes few channels fast.
namespace deai::kernels {

namespace {

// One output pixel reads kernel_height × kernel_width pixels of the source. In rows, then columns.
struct Correlation {
  Index height, width, channels;         // of the source
  Index out_height, out_width, filters;  // of the result
  Index kernel_height, kernel_width;
  Index stride_height, stride_width;
  Index dilation_height, dilation_width;
  Index top, left;                    // zeros before the source; negative: cut off
  Index spread_height, spread_width;  // distance of the source's pixels in the held image

  // Of the held image: exactly what the windows touch.
  Index held_height() const {
    return (out_height - 1) * stride_height + (kernel_height - 1) * dilation_height + 1;
  }
  Index held_width() const {
    return (out_width - 1) * stride_width + (kernel_width - 1) * dilation_width + 1;
  }
  // The source itself serves as the held image.
  bool in_place() const {
    return top == 0 && left == 0 && spread_height == 1 && spread_width == 1 &&
           held_height() <= height && held_width() <= width;
  }
  Index pitch() const { return (in_place() ? width : held_width()) * channels; }
  Index out_pixels() const { return out_height * out_width; }
  Index taps() const { return kernel_height * kernel_width * channels; }
  // Neighbouring taps of a kernel row are one term.
  Index terms() const { return dilation_width == 1 ? kernel_height : kernel_height * kernel_width; }
  Index depth() const { return taps() / terms(); }
};

Correlation forward(const Conv2d& sizes) {
  return {.height = sizes.height,
          .width = sizes.width,
          .channels = sizes.channels,
          .out_height = sizes.out_height(),
          .out_width = sizes.out_width(),
          .filters = sizes.filters,
          .kernel_height = sizes.kernel_height,
          .kernel_width = sizes.kernel_width,
          .stride_height = sizes.stride_height,
          .stride_width = sizes.stride_width,
          .dilation_height = sizes.dilation_height,
          .dilation_width = sizes.dilation_width,
          .top = sizes.padding_height,
          .left = sizes.padding_width,
          .spread_height = 1,
          .spread_width = 1};
}

// dx is the correlation of dy, spread by the stride, with the kernel turned by half a turn.
Correlation backward(const Conv2d& sizes) {
  return {.height = sizes.out_height(),
          .width = sizes.out_width(),
          .channels = sizes.filters,
          .out_height = sizes.height,
          .out_width = sizes.width,
          .filters = sizes.channels,
          .kernel_height = sizes.kernel_height,
          .kernel_width = sizes.kernel_width,
          .stride_height = 1,
          .stride_width = 1,
          .dilation_height = sizes.dilation_height,
          .dilation_width = sizes.dilation_width,
          .top = (sizes.kernel_height - 1) * sizes.dilation_height - sizes.padding_height,
          .left = (sizes.kernel_width - 1) * sizes.dilation_width - sizes.padding_width,
          .spread_height = sizes.stride_height,
          .spread_width = sizes.stride_width};
}

// What a worker needs to go from one image to the next.
struct Bench {
  real* held;           // the held image
  const real** pixels;  // [tiles, terms, mr]
  real* out;            // one result image, where it must be added
  bool ready = false;   // held's zeros and pixels are written
};

struct Workspace {
  real* weights;  // packed
  Index workers;
  Bench benches[kMostThreads];
  Index size;
};

Index workers_for(const Correlation& c, Index batch) {
  const double products = static_cast<double>(c.out_pixels()) * static_cast<double>(c.taps()) *
                          static_cast<double>(c.filters) * static_cast<double>(batch);
  return batch > 1 ? worthwhile_threads(products) : 1;
}

Workspace carve(const Correlation& c, Index batch, bool accumulate, real* memory) {
  const MicroKernels& micro = micro_kernels();
  Carver carver(memory);
  Workspace parts{};
  parts.weights = carver.take(round_up(c.filters, micro.nr) * (1 + c.taps()));
  // The loop over images may give work to any of the threads.
  parts.workers = workers_for(c, batch) > 1 ? threads() : 1;
  for (Index worker = 0; worker < parts.workers; ++worker) {
    Bench& bench = parts.benches[worker];
    if (!c.in_place()) {
      bench.held =
          carver.take(c.held_height() * c.pitch() + kReadBehindBytes / Index{sizeof(real)});
    }
    bench.pixels = carver.take_as<const real*>(round_up(c.out_pixels(), micro.mr) * c.terms());
    if (accumulate) bench.out = carver.take(c.out_pixels() * c.filters);
  }
  parts.size = carver.used();
  return parts;
}

// The range of source indices i < size whose place first + i·step lies in [0, held).
struct Range {
  Index begin;
  Index end;
};
Range visible(Index size, Index first, Index step, Index held) {
  const Index begin = first < 0 ? ceil_div(-first, step) : 0;
  const Index end = held > first ? std::min(size, ceil_div(held - first, step)) : 0;
  return {begin, std::max(begin, end)};
}

// Puts one source image into the held one, whose other pixels are zero and stay so.
void hold(const Correlation& c, const real* source, real* held) {
  const Range rows = visible(c.height, c.top, c.spread_height, c.held_height());
  const Range columns = visible(c.width, c.left, c.spread_width, c.held_width());
  for (Index row = rows.begin; row < rows.end; ++row) {
    const real* const from = source + row * c.width * c.channels;
    real* to = held + (c.top + row * c.spread_height) * c.pitch() +
               (c.left + columns.begin * c.spread_width) * c.channels;
    if (c.spread_width == 1) {
      std::copy(from + columns.begin * c.channels, from + columns.end * c.channels, to);
      continue;
    }
    for (Index column = columns.begin; column < columns.end; ++column) {
      std::copy_n(from + column * c.channels, c.channels, to);
      to += c.spread_width * c.channels;
    }
  }
}

// Where the windows of each tile of mr output pixels lie in `image`.
void point(const Correlation& c, const real* image, const real** pixels) {
  const Index mr = micro_kernels().mr;
  const Index per_row = c.terms() / c.kernel_height;
  for (Index tile = 0; tile < c.out_pixels(); tile += mr) {
    for (Index lane = 0; lane < mr; ++lane) {
      const Index pixel = std::min(tile + lane, c.out_pixels() - 1);
      const real* const window = image + pixel / c.out_width * c.stride_height * c.pitch() +
                                 pixel % c.out_width * c.stride_width * c.channels;
      for (Index term = 0; term < c.terms(); ++term) {
        pixels[tile * c.terms() + term * mr + lane] =
            window + term / per_row * c.dilation_height * c.pitch() +
            term % per_row * c.dilation_width * c.channels;
      }
    }
  }
}

// One image: source → target. Weights are packed already.
void correlate_image(const Correlation& c, const real* weights, const real* first_source,
                     Index image, Bench& bench, real* target, bool accumulate) {
  const MicroKernels& micro = micro_kernels();
  const Index source_size = c.height * c.width * c.channels;
  if (!bench.ready) {
    if (!c.in_place()) std::fill_n(bench.held, c.held_height() * c.pitch(), real(0));
    point(c, c.in_place() ? first_source : bench.held, bench.pixels);
    bench.ready = true;
  }
  if (!c.in_place()) hold(c, first_source + image * source_size, bench.held);
  const Index offset = c.in_place() ? image * source_size : 0;
  real* const result = accumulate ? bench.out : target;
  for (Index tile = 0; tile < c.out_pixels(); tile += micro.mr) {
    micro.igemm(std::min(micro.mr, c.out_pixels() - tile), c.filters, c.depth(), c.terms(),
                bench.pixels + tile * c.terms(), weights, result + tile * c.filters, c.filters,
                offset);
  }
  if (!accumulate) return;
  for (Index place = 0; place < c.out_pixels() * c.filters; ++place) target[place] += result[place];
}

// out: [batch, out_height, out_width, filters].
void correlate(const Correlation& c, Index batch, const real* source, Workspace& parts, real* out,
               bool accumulate) {
  share(parts.workers, batch, [&](Index image, Index worker) {
    correlate_image(c, parts.weights, source, image, parts.benches[worker],
                    out + image * c.out_pixels() * c.filters, accumulate);
  });
}

// w [filters, taps] → panels, each beginning with its biases.
void pack_forward(const Correlation& c, const real* w, const real* bias, real* packed) {
  const Index nr = micro_kernels().nr;
  for (Index filter = 0; filter < c.filters; filter += nr) {
    const Index columns = std::min(nr, c.filters - filter);
    std::fill_n(packed, nr, real(0));
    if (bias != nullptr) std::copy_n(bias + filter, columns, packed);
    pack_panel(w + filter * c.taps(), c.taps(), true, c.taps(), columns, nr, packed + nr);
    packed += (1 + c.taps()) * nr;
  }
}

// w [filters of x ∗ w, kernel, channels] → panels over the channels, the kernel turned.
void pack_backward(const Conv2d& sizes, const real* w, real* packed) {
  const Index nr = micro_kernels().nr;
  const Index area = sizes.kernel_height * sizes.kernel_width;
  for (Index channel = 0; channel < sizes.channels; channel += nr) {
    std::fill_n(packed, nr, real(0));
    packed += nr;
    for (Index tap = area - 1; tap >= 0; --tap) {
      pack_panel(w + tap * sizes.channels + channel, area * sizes.channels, false, sizes.filters,
                 std::min(nr, sizes.channels - channel), nr, packed);
      packed += sizes.filters * nr;
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

Index conv2d_workspace(const Conv2d& sizes) {
  return carve(forward(sizes), sizes.batch, false, nullptr).size;
}

void conv2d(const Conv2d& sizes, const real* x, const real* w, const real* bias, real* y,
            real* workspace) {
  const Correlation c = forward(sizes);
  if (sizes.batch * c.out_pixels() * c.filters == 0) return;
  Workspace parts = carve(c, sizes.batch, false, workspace);
  pack_forward(c, w, bias, parts.weights);
  correlate(c, sizes.batch, x, parts, y, false);
}

Index conv2d_input_gradient_workspace(const Conv2d& sizes, bool accumulate) {
  return carve(backward(sizes), sizes.batch, accumulate, nullptr).size;
}

void conv2d_input_gradient(const Conv2d& sizes, const real* dy, const real* w, real* dx,
                           bool accumulate, real* workspace) {
  const Correlation c = backward(sizes);
  if (sizes.batch * c.out_pixels() * c.filters == 0) return;
  Workspace parts = carve(c, sizes.batch, accumulate, workspace);
  pack_backward(sizes, w, parts.weights);
  correlate(c, sizes.batch, dy, parts, dx, accumulate);
}

}  // namespace deai::kernels

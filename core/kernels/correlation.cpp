#include "kernels/correlation.h"

#include <algorithm>

#include "kernels/micro.h"
#include "kernels/share.h"

// The indirect matrix product (Dukhan, "The indirect convolution algorithm", 2019): a table of
// pointers says where the pixels of each window lie, and nothing is unrolled into columns. The
// source is held with its zeros around it, so that the taps of one kernel row are neighbours and
// one term of the product is a whole kernel row, which is what makes few channels fast.
//
// Near the upper and lower edge some kernel rows see zeros only. Their terms are left out: the
// weights are packed once for each range of kernel rows that occurs.
namespace deai::kernels {

namespace {

// [begin, end)
struct Range {
  Index begin;
  Index end;
};

// The indices i < size whose place first + i lies in [0, held).
Range visible(Index size, Index first, Index held) {
  const Index begin = std::max<Index>(0, -first);
  return {begin, std::max(begin, std::min(size, held - first))};
}

// Kernels of more rows, or more weights than the copies may have, are packed whole.
constexpr Index kMostRows = 8;
constexpr Index kMostCopies = 1 << 18;

class Loop {
 public:
  Loop(const Correlation& c, bool accumulate, real* memory);

  Index workspace() const { return size_; }
  void pack(const Weights& weights, const real* bias);
  void run(const real* source, real* out);

 private:
  // What a worker needs to go from one image to the next.
  struct Bench {
    real* held;           // the source image with its zeros
    const real** pixels;  // [tiles, terms, mr]
    real* out;            // one result image, where it must be added
    bool ready = false;   // held's zeros and pixels are written
  };

  // Of the held image: exactly what the windows touch.
  Index held_height() const {
    return (c_.out_height - 1) * c_.stride_height + (c_.kernel_height - 1) * c_.dilation_height + 1;
  }
  Index held_width() const {
    return (c_.out_width - 1) * c_.stride_width + (c_.kernel_width - 1) * c_.dilation_width + 1;
  }
  // The source itself serves as the held image.
  bool in_place() const {
    return c_.top == 0 && c_.left == 0 && held_height() <= c_.height && held_width() <= c_.width;
  }
  Index pitch() const { return (in_place() ? c_.width : held_width()) * c_.channels; }

  // Neighbouring taps of a kernel row are one term.
  Index terms_per_row() const { return c_.dilation_width == 1 ? 1 : c_.kernel_width; }
  Index terms() const { return c_.kernel_height * terms_per_row(); }
  Index depth() const { return c_.taps() / terms(); }

  // Result pixels lie evenly in a run: an image, or a row of it. Tiles of mr pixels do not cross it.
  bool image_is_run() const { return c_.out_row_pitch == c_.out_width * c_.out_pixel_pitch; }
  Index run_pixels() const { return image_is_run() ? c_.out_pixels() : c_.out_width; }
  Index tiles_per_run() const { return ceil_div(run_pixels(), micro_.mr); }
  Index tiles() const { return c_.out_pixels() / run_pixels() * tiles_per_run(); }

  // Kernel rows that see a row of the source from the result's row on; at least one.
  Range kernel_rows(Index out_row) const;
  // Those that the result's rows first to last need.
  Range kernel_rows(Index first, Index last) const {
    return {kernel_rows(last).begin, kernel_rows(first).end};
  }
  template <typename Visit>
  void for_each_tile(Visit visit) const;
  void find_ranges(Carver& carver);

  void hold(const real* source, real* held) const;
  void point(const real* image, const real** pixels) const;
  void image(const real* source, Index index, Bench& bench, real* out) const;

  Correlation c_;
  bool accumulate_;
  const MicroKernels& micro_;
  bool skips_rows_;
  real* packed_[kMostRows + 1][kMostRows + 1] = {};  // by range of kernel rows; none: not needed
  bool occurs_[kMostRows + 1][kMostRows + 1] = {};
  real* whole_ = nullptr;  // all rows, where none is skipped
  Index workers_ = 1;
  Bench benches_[kMostThreads];
  Index size_ = 0;
};

Loop::Loop(const Correlation& c, bool accumulate, real* memory)
    : c_(c), accumulate_(accumulate), micro_(micro_kernels()) {
  Carver carver(memory);
  find_ranges(carver);
  const double products = static_cast<double>(c.batch) * static_cast<double>(c.out_pixels()) *
                          static_cast<double>(c.taps()) * static_cast<double>(c.filters);
  if (c.batch > 1 && worthwhile_threads(products) > 1) workers_ = threads();
  for (Index worker = 0; worker < workers_; ++worker) {
    Bench& bench = benches_[worker];
    if (!in_place()) {
      bench.held = carver.take(held_height() * pitch() + kReadBehindBytes / Index{sizeof(real)});
    }
    bench.pixels = carver.take_as<const real*>(tiles() * terms() * micro_.mr);
    if (accumulate) bench.out = carver.take(c.out_pixels() * c.filters);
  }
  size_ = carver.used();
}

Range Loop::kernel_rows(Index out_row) const {
  if (!skips_rows_) return {0, c_.kernel_height};
  const Index first = out_row * c_.stride_height - c_.top;  // source row of kernel row 0
  const Index begin = first < 0 ? ceil_div(-first, c_.dilation_height) : 0;
  const Index end = first < c_.height ? ceil_div(c_.height - first, c_.dilation_height) : 0;
  const Range range{std::min(begin, c_.kernel_height - 1), std::min(end, c_.kernel_height)};
  return {range.begin, std::max(range.begin + 1, range.end)};
}

// visit(number of the tile, its first pixel in the result image, pixels in it)
template <typename Visit>
void Loop::for_each_tile(Visit visit) const {
  Index tile = 0;
  for (Index run = 0; run < c_.out_pixels(); run += run_pixels()) {
    for (Index pixel = 0; pixel < run_pixels(); pixel += micro_.mr, ++tile) {
      visit(tile, run + pixel, std::min(micro_.mr, run_pixels() - pixel));
    }
  }
}

void Loop::find_ranges(Carver& carver) {
  const Index panels = round_up(c_.filters, micro_.nr);
  const Index row = c_.taps() / c_.kernel_height;
  const Index copies_of_all = c_.kernel_height * (c_.kernel_height + 1) / 2 * panels * row;
  skips_rows_ = c_.kernel_height <= kMostRows && copies_of_all <= kMostCopies;
  if (!skips_rows_) {
    whole_ = carver.take(panels * (1 + c_.taps()));
    return;
  }
  for_each_tile([&](Index /*tile*/, Index pixel, Index count) {
    const Range rows = kernel_rows(pixel / c_.out_width, (pixel + count - 1) / c_.out_width);
    bool& occurs = occurs_[rows.begin][rows.end];
    if (occurs) return;
    occurs = true;
    packed_[rows.begin][rows.end] = carver.take(panels * (1 + (rows.end - rows.begin) * row));
  });
}

void Loop::pack(const Weights& weights, const real* bias) {
  const Index row = c_.taps() / c_.kernel_height;
  const auto pack_rows = [&](Index begin, Index end, real* packed) {
    for (Index filter = 0; filter < c_.filters; filter += micro_.nr) {
      const Index columns = std::min(micro_.nr, c_.filters - filter);
      std::fill_n(packed, micro_.nr, real(0));
      if (bias != nullptr) std::copy_n(bias + filter, columns, packed);
      weights.pack(filter, columns, begin, end, packed + micro_.nr);
      packed += (1 + (end - begin) * row) * micro_.nr;
    }
  };
  if (!skips_rows_) return pack_rows(0, c_.kernel_height, whole_);
  for (Index begin = 0; begin < c_.kernel_height; ++begin) {
    for (Index end = begin + 1; end <= c_.kernel_height; ++end) {
      if (occurs_[begin][end]) pack_rows(begin, end, packed_[begin][end]);
    }
  }
}

// Puts one source image into the held one, whose other pixels are zero and stay so.
void Loop::hold(const real* source, real* held) const {
  const Range rows = visible(c_.height, c_.top, held_height());
  const Range columns = visible(c_.width, c_.left, held_width());
  for (Index row = rows.begin; row < rows.end; ++row) {
    const real* const from = source + row * c_.width * c_.channels;
    std::copy(from + columns.begin * c_.channels, from + columns.end * c_.channels,
              held + (c_.top + row) * pitch() + (c_.left + columns.begin) * c_.channels);
  }
}

// Where the windows of each tile of mr result pixels lie in `image`.
void Loop::point(const real* image, const real** pixels) const {
  const Index per_row = terms_per_row();
  for_each_tile([&](Index tile, Index first, Index count) {
    for (Index lane = 0; lane < micro_.mr; ++lane) {
      const Index pixel = first + std::min(lane, count - 1);
      const real* const window = image + pixel / c_.out_width * c_.stride_height * pitch() +
                                 pixel % c_.out_width * c_.stride_width * c_.channels;
      for (Index term = 0; term < terms(); ++term) {
        pixels[(tile * terms() + term) * micro_.mr + lane] =
            window + term / per_row * c_.dilation_height * pitch() +
            term % per_row * c_.dilation_width * c_.channels;
      }
    }
  });
}

void Loop::image(const real* source, Index index, Bench& bench, real* out) const {
  const Index source_size = c_.height * c_.width * c_.channels;
  if (!bench.ready) {
    if (!in_place()) std::fill_n(bench.held, held_height() * pitch(), real(0));
    point(in_place() ? source : bench.held, bench.pixels);
    bench.ready = true;
  }
  if (!in_place()) hold(source + index * source_size, bench.held);
  const Index offset = in_place() ? index * source_size : 0;
  for_each_tile([&](Index tile, Index pixel, Index count) {
    const Range rows = kernel_rows(pixel / c_.out_width, (pixel + count - 1) / c_.out_width);
    const real* const weights = skips_rows_ ? packed_[rows.begin][rows.end] : whole_;
    const real** const pixels =
        bench.pixels + (tile * terms() + rows.begin * terms_per_row()) * micro_.mr;
    const Index row = pixel / c_.out_width;
    const Index column = pixel % c_.out_width;
    real* const result = accumulate_ ? bench.out + pixel * c_.filters
                                     : out + row * c_.out_row_pitch + column * c_.out_pixel_pitch;
    micro_.igemm(count, c_.filters, depth(), (rows.end - rows.begin) * terms_per_row(), pixels,
                 weights, result, accumulate_ ? c_.filters : c_.out_pixel_pitch, offset);
  });
  if (!accumulate_) return;
  const real* from = bench.out;
  for (Index row = 0; row < c_.out_height; ++row) {
    for (Index column = 0; column < c_.out_width; ++column, from += c_.filters) {
      real* const to = out + row * c_.out_row_pitch + column * c_.out_pixel_pitch;
      for (Index filter = 0; filter < c_.filters; ++filter) to[filter] += from[filter];
    }
  }
}

void Loop::run(const real* source, real* out) {
  share(workers_, c_.batch, [&](Index index, Index worker) {
    image(source, index, benches_[worker], out + index * c_.out_image_pitch);
  });
}

}  // namespace

Index correlate_workspace(const Correlation& sizes, bool accumulate) {
  return Loop(sizes, accumulate, nullptr).workspace();
}

void correlate(const Correlation& sizes, const real* source, const Weights& weights,
               const real* bias, real* out, bool accumulate, real* workspace) {
  if (sizes.batch * sizes.out_pixels() * sizes.filters == 0) return;
  Loop loop(sizes, accumulate, workspace);
  loop.pack(weights, bias);
  loop.run(source, out);
}

}  // namespace deai::kernels

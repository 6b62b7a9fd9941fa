#include <algorithm>

#include "kernels/conv2d.h"
#include "kernels/micro.h"
#include "kernels/pack.h"
#include "kernels/share.h"

// dwᵀ[tap, filter] = Σ over output pixels of x(the pixel that the tap reads)·dy[pixel, filter].
// Again an indirect matrix product, summed over pixels this time. In an image held channel by
// channel (a "plane" each, with its zeros around it) the pixels that one tap reads for one row of
// outputs lie side by side, so a term is one row of outputs, and nothing is unrolled into columns.
// Where the stride skips columns, a plane holds the columns sorted by their remainder: first all
// that the even windows read, and so on.
namespace deai::kernels {

namespace {

// Output pixels summed in one call: enough to hide its costs, few enough that the packed dy stays
// in the first cache. Sums of sums are also the more exact ones.
constexpr Index kMostPixels = 1024;

// The batch is cut into so many parts at most, fewer where the sums of all of them would be large.
// Threads take part after part and the sums are added in order: the cut, and with it every bit of
// the result, is the same whatever the number of threads.
constexpr Index kMostParts = 8;
constexpr Index kMostSums = 1 << 21;

struct Plan {
  Index taps;          // kernel_height · kernel_width · channels
  Index group;         // images held at once: several where images are small
  Index band;          // output rows of one image per call: fewer where images are large
  Index plane_height;  // rows of a plane
  Index plane_width;   // columns of a plane with one remainder
  Index plane;         // elements of a plane
  Index image;         // elements of all planes of one image
  Index parts;         // of the batch
  Index part_images;   // in each of them, but the last
  Index workers;
};

Plan make_plan(const Conv2d& s) {
  Plan plan{};
  plan.taps = s.kernel_height * s.kernel_width * s.channels;
  const Index pixels = std::max<Index>(1, s.out_height() * s.out_width());
  const Index most_parts =
      std::clamp<Index>(kMostSums / std::max<Index>(1, plan.taps * s.filters), 1, kMostParts);
  plan.part_images = std::max<Index>(1, ceil_div(s.batch, most_parts));
  plan.parts = ceil_div(s.batch, plan.part_images);
  plan.group = std::clamp<Index>(kMostPixels / pixels, 1, plan.part_images);
  plan.band = plan.group > 1 ? s.out_height()
                             : std::clamp<Index>(kMostPixels / s.out_width(), 1, s.out_height());
  plan.plane_height =
      (s.out_height() - 1) * s.stride_height + (s.kernel_height - 1) * s.dilation_height + 1;
  plan.plane_width = (s.kernel_width - 1) * s.dilation_width / s.stride_width + s.out_width();
  plan.plane = plan.plane_height * s.stride_width * plan.plane_width;
  plan.image = plan.plane * s.channels;
  const double products = static_cast<double>(pixels) * static_cast<double>(plan.taps) *
                          static_cast<double>(s.filters) * static_cast<double>(s.batch);
  plan.workers = plan.parts > 1 && worthwhile_threads(products) > 1 ? threads() : 1;
  return plan;
}

// What a worker needs to go from one group of images to the next.
struct Bench {
  real* planes;        // [group, channels, plane_height, stride_width, plane_width]
  const real** terms;  // [tiles of taps, group, out_height, mr]
  real* dy;            // packed: [panels, 1 + pixels of a call, nr]
  real* part;          // [taps, filters], what one call gives
  bool ready = false;  // planes' zeros and terms are written
};

struct Workspace {
  Bench benches[kMostThreads];
  real* sums;    // [parts at a time, taps, filters]
  real* sum;     // [taps, filters]
  real* turned;  // [filters, taps]
  Index size;
};

Workspace carve(const Conv2d& s, const Plan& plan, real* memory) {
  const MicroKernels& micro = micro_kernels();
  const Index rows = plan.group * plan.band;
  Carver carver(memory);
  Workspace parts{};
  for (Index worker = 0; worker < plan.workers; ++worker) {
    Bench& bench = parts.benches[worker];
    bench.planes = carver.take(plan.group * plan.image + kReadBehindBytes / Index{sizeof(real)});
    bench.terms =
        carver.take_as<const real*>(round_up(plan.taps, micro.mr) * plan.group * s.out_height());
    bench.dy = carver.take(round_up(s.filters, micro.nr) * (1 + rows * s.out_width()));
    bench.part = carver.take(plan.taps * s.filters);
  }
  parts.sums = carver.take((plan.workers > 1 ? plan.parts : 1) * plan.taps * s.filters);
  parts.sum = carver.take(plan.taps * s.filters);
  parts.turned = carver.take(plan.taps * s.filters);
  parts.size = carver.used();
  return parts;
}

// x [height, width, channels] → planes, whose other elements are zero and stay so.
void hold(const Conv2d& s, const Plan& plan, const real* x, real* planes) {
  const Index pitch = s.stride_width * plan.plane_width;
  const Index row_end = std::min(s.height, plan.plane_height - s.padding_height);
  for (Index row = 0; row < row_end; ++row) {
    for (Index remainder = 0; remainder < s.stride_width; ++remainder) {
      // Plane column q holds x's column q·stride + remainder − padding.
      const Index first = remainder - s.padding_width;
      const Index begin = first < 0 ? ceil_div(-first, s.stride_width) : 0;
      const Index end = std::min(plan.plane_width, ceil_div(s.width - first, s.stride_width));
      if (begin >= end) continue;
      micro_kernels().transpose(
          end - begin, s.channels,
          x + (row * s.width + first + begin * s.stride_width) * s.channels,
          s.stride_width * s.channels,
          planes + (row + s.padding_height) * pitch + remainder * plan.plane_width + begin,
          plan.plane);
    }
  }
}

// Where each tap finds the row of pixels that it reads for each row of outputs.
void point(const Conv2d& s, const Plan& plan, const real* planes, const real** terms) {
  const Index mr = micro_kernels().mr;
  for (Index tile = 0; tile < plan.taps; tile += mr) {
    for (Index lane = 0; lane < mr; ++lane) {
      const Index tap = std::min(tile + lane, plan.taps - 1);
      const Index channel = tap % s.channels;
      const Index column = tap / s.channels % s.kernel_width * s.dilation_width;
      const Index row = tap / s.channels / s.kernel_width * s.dilation_height;
      const real* const first =
          planes + channel * plan.plane +
          (row * s.stride_width + column % s.stride_width) * plan.plane_width +
          column / s.stride_width;
      for (Index term = 0; term < plan.group * s.out_height(); ++term) {
        terms[tile * plan.group * s.out_height() + term * mr + lane] =
            first + term / s.out_height() * plan.image +
            term % s.out_height() * s.stride_height * s.stride_width * plan.plane_width;
      }
    }
  }
}

// Adds the shares of `rows` rows of outputs, counted through the held images from first_row on;
// dy begins at the first of them.
void add_rows(const Conv2d& s, const Plan& plan, const Bench& bench, const real* dy,
              Index first_row, Index rows, real* sum) {
  const MicroKernels& micro = micro_kernels();
  const Index pixels = rows * s.out_width();
  for (Index filter = 0; filter < s.filters; filter += micro.nr) {
    real* const panel = bench.dy + filter * (1 + pixels);
    std::fill_n(panel, micro.nr, real(0));
    pack_panel(dy + filter, s.filters, false, pixels, std::min(micro.nr, s.filters - filter),
               micro.nr, panel + micro.nr);
  }
  const Index all_rows = plan.group * s.out_height();
  for (Index tile = 0; tile < plan.taps; tile += micro.mr) {
    micro.igemm(std::min(micro.mr, plan.taps - tile), s.filters, s.out_width(), rows,
                bench.terms + tile * all_rows + first_row * micro.mr, bench.dy,
                bench.part + tile * s.filters, s.filters, 0);
  }
  for (Index place = 0; place < plan.taps * s.filters; ++place) sum[place] += bench.part[place];
}

// sum = the share of a part's images.
void sum_part(const Conv2d& s, const Plan& plan, const real* x, const real* dy, Index part,
              Bench& bench, real* sum) {
  std::fill_n(sum, plan.taps * s.filters, real(0));
  if (!bench.ready) {
    std::fill_n(bench.planes, plan.group * plan.image, real(0));
    point(s, plan, bench.planes, bench.terms);
    bench.ready = true;
  }
  const Index x_size = s.height * s.width * s.channels;
  const Index dy_row = s.out_width() * s.filters;
  const Index end = std::min(s.batch, (part + 1) * plan.part_images);
  for (Index image = part * plan.part_images; image < end; image += plan.group) {
    const Index images = std::min(plan.group, end - image);
    for (Index held = 0; held < images; ++held) {
      hold(s, plan, x + (image + held) * x_size, bench.planes + held * plan.image);
    }
    const Index all_rows = images * s.out_height();
    const Index band = plan.group * plan.band;
    for (Index row = 0; row < all_rows; row += band) {
      add_rows(s, plan, bench, dy + (image * s.out_height() + row) * dy_row, row,
               std::min(band, all_rows - row), sum);
    }
  }
}

}  // namespace

Index conv2d_weight_gradient_workspace(const Conv2d& sizes) {
  return carve(sizes, make_plan(sizes), nullptr).size;
}

void conv2d_weight_gradient(const Conv2d& sizes, const real* x, const real* dy, real* dw,
                            bool accumulate, real* workspace) {
  const Plan plan = make_plan(sizes);
  Workspace parts = carve(sizes, plan, workspace);
  const Index count = plan.taps * sizes.filters;
  std::fill_n(parts.sum, count, real(0));
  const Index at_a_time = plan.workers > 1 ? plan.parts : 1;
  for (Index first = 0; first < plan.parts; first += at_a_time) {
    share(plan.workers, at_a_time, [&](Index index, Index worker) {
      sum_part(sizes, plan, x, dy, first + index, parts.benches[worker],
               parts.sums + index * count);
    });
    for (Index index = 0; index < at_a_time; ++index) {
      const real* const share_of_part = parts.sums + index * count;
      for (Index place = 0; place < count; ++place) parts.sum[place] += share_of_part[place];
    }
  }

  micro_kernels().transpose(plan.taps, sizes.filters, parts.sum, sizes.filters, parts.turned,
                            plan.taps);
  if (!accumulate) {
    std::copy_n(parts.turned, count, dw);
    return;
  }
  for (Index place = 0; place < count; ++place) dw[place] += parts.turned[place];
}

}  // namespace deai::kernels

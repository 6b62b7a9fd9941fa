#include "kernels/avg_pool2d.h"

#include <algorithm>

#include "kernels/share.h"
#include "kernels/window_sums.h"

namespace deai::kernels {

namespace {

struct Workspace {
  real* weights;      // [channels], those of every tap
  WindowLine* lines;  // [columns of the result]
  Index size;
};

Workspace carve(const Conv2d& s, Index columns, real* memory) {
  Carver carver(memory);
  Workspace parts{};
  parts.weights = carver.take(s.channels + kReadBehindBytes / Index{sizeof(real)});
  parts.lines = carver.take_as<WindowLine>(columns);
  parts.size = carver.used();
  return parts;
}

void pool(const Conv2d& s, const WindowAxis& rows, const WindowAxis& columns, const real* source,
          real* result, bool accumulate, real* workspace) {
  const Workspace parts = carve(s, columns.result, workspace);
  std::fill_n(parts.weights, s.channels, 1 / static_cast<real>(s.kernel_height * s.kernel_width));
  for (Index place = 0; place < columns.result; ++place) {
    parts.lines[place] = window_line(columns, place);
  }
  const WindowSums sums{.rows = rows,
                        .columns = columns,
                        .channels = s.channels,
                        .lines = parts.lines,
                        .weights = parts.weights,
                        .weight_row = 0,
                        .weight_column = 0,
                        .accumulate = accumulate};
  const Index source_size = rows.source * columns.source * s.channels;
  const Index result_size = rows.result * columns.result * s.channels;
  const double elements =
      static_cast<double>(s.batch) * static_cast<double>(source_size + result_size);
  share(worthwhile_threads(elements), s.batch, [&](Index image, Index /*worker*/) {
    window_sums(sums, source + image * source_size, result + image * result_size);
  });
}

}  // namespace

Index avg_pool2d_workspace(const Conv2d& s) { return carve(s, s.out_width(), nullptr).size; }

void avg_pool2d(const Conv2d& s, const real* x, real* y, real* workspace) {
  pool(s, forward_rows(s), forward_columns(s), x, y, false, workspace);
}

Index avg_pool2d_gradient_workspace(const Conv2d& s) { return carve(s, s.width, nullptr).size; }

void avg_pool2d_gradient(const Conv2d& s, const real* dy, real* dx, bool accumulate,
                         real* workspace) {
  pool(s, backward_rows(s), backward_columns(s), dy, dx, accumulate, workspace);
}

}  // namespace deai::kernels

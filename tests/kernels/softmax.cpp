#include "kernels/softmax.h"

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/cross_entropy.h"
#include "kernels/naive.h"

namespace {

using namespace deai;
using deai::kernels::test::Memory;

std::vector<double> naive_softmax(const real* x, Index count) {
  double sum = 0;
  std::vector<double> out;
  for (Index i = 0; i < count; ++i) {
    out.push_back(std::exp(static_cast<double>(x[i])));
    sum += out.back();
  }
  for (double& value : out) value /= sum;
  return out;
}

}  // namespace

TEST_CASE("softmax agrees with a naive loop") {
  Random random(8, 0);
  for (const Index columns : {1, 2, 4, 7, 10, 101}) {
    for (const bool accumulate : {false, true}) {
      constexpr Index kRows = 5;
      Memory x(kRows * columns), y(x.size()), dy(x.size()), dx(x.size());
      for (Memory* memory : {&x, &dy, &dx}) memory->draw(random);
      std::vector<double> expected, expected_dx;
      for (Index row = 0; row < kRows; ++row) {
        const std::vector<double> p = naive_softmax(x.data() + row * columns, columns);
        double dot = 0;
        for (Index c = 0; c < columns; ++c) {
          dot += p[static_cast<std::size_t>(c)] * static_cast<double>(dy[row * columns + c]);
        }
        for (Index c = 0; c < columns; ++c) {
          const Index at = row * columns + c;
          const double value = p[static_cast<std::size_t>(c)];
          expected.push_back(value);
          expected_dx.push_back((accumulate ? static_cast<double>(dx[at]) : 0.0) +
                                value * (static_cast<double>(dy[at]) - dot));
        }
      }
      kernels::softmax(x.data(), kRows, columns, y.data());
      kernels::softmax_gradient(y.data(), dy.data(), kRows, columns, dx.data(), accumulate);
      kernels::test::require_close(y, expected, 4);
      kernels::test::require_close(dx, expected_dx, columns);
    }
  }
}

TEST_CASE("softmax of large numbers, in place, and of a NaN") {
  std::vector<real> x = {1000, 1000, -1000, 999, 0, 1000};
  kernels::softmax_row(x.data(), 6, x.data());
  const double e = std::exp(-1.0);
  CHECK(std::abs(static_cast<double>(x[1]) - 1 / (3 + e)) < 1e-6);
  CHECK(std::abs(static_cast<double>(x[3]) - e / (3 + e)) < 1e-6);
  CHECK((x[2] == 0 && x[4] == 0));
  for (std::size_t place = 0; place < 6; ++place) {
    x.assign(6, 1);
    x[place] = std::numeric_limits<real>::quiet_NaN();
    kernels::softmax_row(x.data(), 6, x.data());
    CHECK((std::isnan(x[0]) && std::isnan(x[5])));
  }
}

TEST_CASE("cross entropy agrees with its definition") {
  Random random(9, 0);
  for (const Index classes : {1, 3, 4, 11}) {
    for (const bool weighted : {false, true}) {
      constexpr Index kRows = 6;
      Memory z(kRows * classes), weights(classes), losses(kRows), slope(z.size());
      z.draw(random);
      for (real& weight : weights) weight = random.uniform(0, 2);
      std::vector<std::int32_t> labels;
      for (Index row = 0; row < kRows; ++row) {
        labels.push_back(static_cast<std::int32_t>(row % classes));
      }
      labels[2] = -7;
      const kernels::CrossEntropy sizes{.rows = kRows,
                                        .classes = classes,
                                        .labels = labels.data(),
                                        .weights = weighted ? weights.data() : nullptr,
                                        .smoothing = real(0.25),
                                        .ignores = true,
                                        .ignored = -7};
      kernels::cross_entropy(sizes, z.data(), real(0.5), losses.data(), slope.data());
      std::vector<double> expected, expected_slope;
      for (Index row = 0; row < kRows; ++row) {
        const auto label = labels[static_cast<std::size_t>(row)];
        const std::vector<double> p = naive_softmax(z.data() + row * classes, classes);
        std::vector<double> q;
        double loss = 0, all = 0;
        for (Index c = 0; c < classes; ++c) {
          const double weight = weighted ? static_cast<double>(weights[c]) : 1;
          q.push_back(
              label < 0 ? 0
                        : weight * ((c == label ? 0.75 : 0) + 0.25 / static_cast<double>(classes)));
          all += q.back();
          loss -= q.back() * std::log(p[static_cast<std::size_t>(c)]);
        }
        expected.push_back(loss);
        for (std::size_t c = 0; c < q.size(); ++c) {
          expected_slope.push_back(0.5 * (p[c] * all - q[c]));
        }
      }
      kernels::test::require_close(losses, expected, classes + 8);
      kernels::test::require_close(slope, expected_slope, 4);
    }
  }
}

#include "kernels/micro.h"

#include <limits>

#include "kernels/naive.h"

namespace {

using namespace deai;
using deai::kernels::MicroKernels;
using deai::kernels::test::Memory;

struct Case {
  Index rows, columns, depth, terms, offset;
};

// mr: pointers per term.
void check_igemm(MicroKernels::Igemm igemm, Index mr, Index nr, const Case& c, Random& random,
                 bool with_nan = false) {
  INFO("mr " << mr << " nr " << nr << " rows " << c.rows << " columns " << c.columns << " depth "
             << c.depth << " terms " << c.terms << " offset " << c.offset);
  const Index panels = kernels::ceil_div(c.columns, nr);
  Memory a(c.offset + c.terms * mr * c.depth);
  Memory w(panels * (1 + c.terms * c.depth) * nr), got(c.rows * c.columns);
  a.draw(random);
  w.draw(random);
  if (with_nan) std::fill(a.begin(), a.end(), std::numeric_limits<real>::quiet_NaN());
  std::vector<const real*> pointers;
  for (Index i = 0; i < c.terms * mr; ++i) pointers.push_back(a.data() + i * c.depth);
  std::vector<double> expected;
  for (Index row = 0; row < c.rows; ++row) {
    for (Index column = 0; column < c.columns; ++column) {
      const Index panel = column / nr * (1 + c.terms * c.depth) * nr + column % nr;
      double sum = static_cast<double>(w[panel]);
      for (Index term = 0; term < c.terms; ++term) {
        for (Index k = 0; k < c.depth; ++k) {
          sum += static_cast<double>(a[c.offset + (term * mr + row) * c.depth + k]) *
                 static_cast<double>(w[panel + (1 + term * c.depth + k) * nr]);
        }
      }
      expected.push_back(sum);
    }
  }
  igemm(c.rows, c.columns, c.depth, c.terms, pointers.data(), w.data(), got.data(), c.columns,
        c.offset);
  if (with_nan) {
    for (const real value : got) REQUIRE(std::isnan(value));
  } else {
    kernels::test::require_close(got, expected, c.terms * c.depth);
  }
}

void check_all(const MicroKernels& micro) {
  REQUIRE(micro.mr <= kernels::kMaxMr);
  REQUIRE(micro.nr <= kernels::kMaxNr);
  Random random(8, 0);
  const auto draw = [&](std::uint32_t high) { return static_cast<Index>(1 + random.below(high)); };
  for (int round = 0; round < 100; ++round) {
    Case c{.rows = draw(static_cast<std::uint32_t>(micro.mr)),
           .columns = draw(40),
           .depth = draw(20),
           .terms = draw(4),
           .offset = draw(3) - 1};
    check_igemm(micro.igemm, micro.mr, micro.nr, c, random);
    c.rows = 1;
    check_igemm(micro.igemm_row, 1, micro.nr, c, random);
    c.rows = draw(kernels::kFewRows);
    c.terms = 1;
    check_igemm(micro.igemm_few, micro.mr, micro.nr, c, random);
  }
  check_igemm(micro.igemm, micro.mr, micro.nr, {micro.mr, micro.nr, 5, 2, 0}, random, true);
  check_igemm(micro.igemm_row, 1, micro.nr, {1, micro.nr, 5, 2, 0}, random, true);
  check_igemm(micro.igemm_few, micro.mr, micro.nr, {4, micro.nr, 5, 1, 0}, random, true);

  for (int round = 0; round < 100; ++round) {
    const Index rows = draw(13);
    const Index columns = draw(13);
    INFO("transpose " << rows << " x " << columns);
    Memory in(rows * (columns + 2)), out(columns * (rows + 3), 9);
    in.draw(random);
    micro.transpose(rows, columns, in.data(), columns + 2, out.data(), rows + 3);
    for (Index column = 0; column < columns; ++column) {
      for (Index row = 0; row < rows + 3; ++row) {
        REQUIRE(out[column * (rows + 3) + row] ==
                (row < rows ? in[row * (columns + 2) + column] : 9));
      }
    }
  }
}

}  // namespace

TEST_CASE("the kernels chosen for this machine agree with naive loops and let a NaN through") {
  check_all(kernels::micro_kernels());
}

TEST_CASE("the kernels of any machine agree with naive loops and let a NaN through") {
  check_all(kernels::portable_micro_kernels());
}

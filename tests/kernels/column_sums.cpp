#include "kernels/column_sums.h"

#include "kernels/naive.h"

TEST_CASE("column_sums agrees with a naive loop") {
  using namespace deai;
  using deai::kernels::test::Memory;
  Random random(6, 0);
  for (const Index rows : {0, 1, 5, 256, 700, 5003}) {
    for (const Index columns : {1, 2, 7, 8, 10, 16, 24}) {
      for (const bool accumulate : {false, true}) {
        INFO(rows << " x " << columns << " accumulate " << accumulate);
        Memory x(rows * columns), sums(columns);
        x.draw(random);
        sums.draw(random);
        std::vector<double> expected;
        for (Index column = 0; column < columns; ++column) {
          double sum = accumulate ? static_cast<double>(sums[column]) : 0.0;
          for (Index row = 0; row < rows; ++row) {
            sum += static_cast<double>(x[row * columns + column]);
          }
          expected.push_back(sum);
        }
        kernels::column_sums(x.data(), rows, columns, sums.data(), accumulate);
        kernels::test::require_close(sums, expected, rows);
      }
    }
  }
}

#include "kernels/max_pool2d.h"

#include <limits>

#include "kernels/naive.h"

namespace {

using namespace deai;
using deai::kernels::MaxPool2d;
using deai::kernels::test::Memory;

void check(const MaxPool2d& s, Random& random) {
  INFO("x [" << s.batch << ", " << s.height << ", " << s.width << ", " << s.channels << "] kernel "
             << s.kernel_height << "x" << s.kernel_width << " stride " << s.stride_height << "x"
             << s.stride_width << " padding " << s.padding_height << "x" << s.padding_width);
  const Index size = s.batch * s.out_height() * s.out_width() * s.channels;
  Memory x(s.batch * s.height * s.width * s.channels), y(size), dy(size), dx(x.size());
  for (Memory* memory : {&x, &dy, &dx}) memory->draw(random);
  std::vector<double> expected, expected_dx;
  for (const real value : dx) expected_dx.push_back(static_cast<double>(value));
  for (Index place = 0; place < size; ++place) {
    const Index c = place % s.channels;
    const Index ow = place / s.channels % s.out_width();
    const Index oh = place / s.channels / s.out_width() % s.out_height();
    const Index n = place / s.channels / s.out_width() / s.out_height();
    Index best = -1;
    for (Index kh = 0; kh < s.kernel_height; ++kh) {
      for (Index kw = 0; kw < s.kernel_width; ++kw) {
        const Index h = oh * s.stride_height - s.padding_height + kh;
        const Index w = ow * s.stride_width - s.padding_width + kw;
        if (h < 0 || h >= s.height || w < 0 || w >= s.width) continue;
        const Index at = ((n * s.height + h) * s.width + w) * s.channels + c;
        if (best < 0 || x[at] > x[best]) best = at;
      }
    }
    expected.push_back(static_cast<double>(x[best]));
    expected_dx[static_cast<std::size_t>(best)] += static_cast<double>(dy[place]);
  }
  std::vector<std::uint16_t> taps(static_cast<std::size_t>(size));
  kernels::max_pool2d(s, x.data(), y.data(), taps.data());
  kernels::test::require_close(y, expected, 0);
  // A pixel may be the largest of several windows.
  const Index windows = s.kernel_height * s.kernel_width;
  Memory fresh(dx.size(), std::numeric_limits<real>::quiet_NaN());
  std::vector<double> expected_fresh;
  for (Index place = 0; place < dx.size(); ++place) {
    expected_fresh.push_back(expected_dx[static_cast<std::size_t>(place)] -
                             static_cast<double>(dx[place]));
  }
  kernels::max_pool2d_gradient(s, dy.data(), taps.data(), fresh.data(), false);
  kernels::test::require_close(fresh, expected_fresh, windows);
  kernels::max_pool2d_gradient(s, dy.data(), taps.data(), dx.data(), true);
  kernels::test::require_close(dx, expected_dx, windows);
}

}  // namespace

TEST_CASE("max_pool2d agrees with a naive loop over random shapes") {
  Random random(5, 0);
  const auto draw = [&](std::uint32_t low, std::uint32_t high) {
    return static_cast<Index>(low + random.below(high - low + 1));
  };
  int checked = 0;
  while (checked < 80) {
    MaxPool2d s{.batch = draw(0, 3),
                .height = draw(1, 9),
                .width = draw(1, 9),
                .channels = draw(1, 19),
                .kernel_height = draw(1, 4),
                .kernel_width = draw(1, 4),
                .stride_height = draw(1, 3),
                .stride_width = draw(1, 3)};
    s.padding_height = draw(0, static_cast<std::uint32_t>(s.kernel_height / 2));
    s.padding_width = draw(0, static_cast<std::uint32_t>(s.kernel_width / 2));
    if (s.out_height() == 0 || s.out_width() == 0) continue;
    check(s, random);
    ++checked;
  }
}

TEST_CASE("max_pool2d takes the first of equal elements") {
  Memory x(4, 1), y(1), dy(1, 1), dx(4);
  std::uint16_t tap = 9;
  const MaxPool2d s{.batch = 1,
                    .height = 2,
                    .width = 2,
                    .channels = 1,
                    .kernel_height = 2,
                    .kernel_width = 2,
                    .stride_height = 2,
                    .stride_width = 2};
  kernels::max_pool2d(s, x.data(), y.data(), &tap);
  kernels::max_pool2d_gradient(s, dy.data(), &tap, dx.data(), true);
  REQUIRE(tap == 0);
  REQUIRE(dx[0] == 1);
}

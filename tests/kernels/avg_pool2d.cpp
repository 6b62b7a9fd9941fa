#include "kernels/avg_pool2d.h"

#include <limits>

#include "kernels/naive.h"

namespace {

using namespace deai;
using deai::kernels::Conv2d;
using deai::kernels::test::Memory;

// Calls visit(element of y, element of x) for each pixel of each window.
template <typename Visit>
void for_each_pixel(const Conv2d& s, Visit visit) {
  for (Index n = 0; n < s.batch; ++n)
    for (Index oh = 0; oh < s.out_height(); ++oh)
      for (Index ow = 0; ow < s.out_width(); ++ow)
        for (Index kh = 0; kh < s.kernel_height; ++kh)
          for (Index kw = 0; kw < s.kernel_width; ++kw)
            for (Index c = 0; c < s.channels; ++c) {
              const Index h = oh * s.stride_height - s.padding_height + kh;
              const Index w = ow * s.stride_width - s.padding_width + kw;
              if (h < 0 || h >= s.height || w < 0 || w >= s.width) continue;
              visit(((n * s.out_height() + oh) * s.out_width() + ow) * s.channels + c,
                    ((n * s.height + h) * s.width + w) * s.channels + c);
            }
}

void check(const Conv2d& s, Random& random) {
  INFO("x [" << s.batch << ", " << s.height << ", " << s.width << ", " << s.channels << "] kernel "
             << s.kernel_height << "x" << s.kernel_width << " stride " << s.stride_height << "x"
             << s.stride_width << " padding " << s.padding_height << "x" << s.padding_width);
  const real nan = std::numeric_limits<real>::quiet_NaN();
  const double share = 1.0 / static_cast<double>(s.kernel_height * s.kernel_width);
  const Index size = s.batch * s.out_height() * s.out_width() * s.channels;
  Memory x(s.batch * s.height * s.width * s.channels), y(size), dy(size);
  x.draw(random);
  dy.draw(random);
  std::vector<double> expected(static_cast<std::size_t>(size));
  for_each_pixel(s, [&](Index at_y, Index at_x) {
    expected[static_cast<std::size_t>(at_y)] += share * static_cast<double>(x[at_x]);
  });
  Memory workspace(kernels::avg_pool2d_workspace(s), nan);
  kernels::avg_pool2d(s, x.data(), y.data(), workspace.data());
  kernels::test::require_close(y, expected, 1);

  for (const bool accumulate : {false, true}) {
    INFO("accumulate " << accumulate);
    Memory dx(x.size(), nan);
    if (accumulate) dx.draw(random);
    std::vector<double> expected_dx(static_cast<std::size_t>(x.size()));
    for (Index i = 0; i < x.size() && accumulate; ++i) {
      expected_dx[static_cast<std::size_t>(i)] = static_cast<double>(dx[i]);
    }
    for_each_pixel(s, [&](Index at_y, Index at_x) {
      expected_dx[static_cast<std::size_t>(at_x)] += share * static_cast<double>(dy[at_y]);
    });
    Memory for_dx(kernels::avg_pool2d_gradient_workspace(s), nan);
    kernels::avg_pool2d_gradient(s, dy.data(), dx.data(), accumulate, for_dx.data());
    kernels::test::require_close(dx, expected_dx, s.kernel_height * s.kernel_width);
  }
}

}  // namespace

TEST_CASE("avg_pool2d agrees with a naive loop over random shapes") {
  Random random(10, 0);
  const auto draw = [&](std::uint32_t low, std::uint32_t high) {
    return static_cast<Index>(low + random.below(high - low + 1));
  };
  int checked = 0;
  while (checked < 100) {
    Conv2d s{.batch = draw(0, 3),
             .height = draw(1, 12),
             .width = draw(1, 14),
             .channels = draw(1, 19),
             .filters = 0,
             .kernel_height = draw(1, 4),
             .kernel_width = draw(1, 5),
             .stride_height = draw(1, 3),
             .stride_width = draw(1, 3)};
    s.filters = s.channels;
    s.padding_height = draw(0, static_cast<std::uint32_t>(s.kernel_height / 2));
    s.padding_width = draw(0, static_cast<std::uint32_t>(s.kernel_width / 2));
    if (s.out_height() == 0 || s.out_width() == 0) continue;
    check(s, random);
    ++checked;
  }
}

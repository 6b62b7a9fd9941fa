#include "kernels/conv2d.h"

#include <limits>

#include "kernels/naive.h"

namespace {

using namespace deai;
using deai::kernels::Conv2d;
using deai::kernels::test::Memory;

// Calls visit(element of y, element of x, element of w) for each product of the sum.
template <typename Visit>
void for_each_product(const Conv2d& s, Visit visit) {
  for (Index n = 0; n < s.batch; ++n)
    for (Index oh = 0; oh < s.out_height(); ++oh)
      for (Index ow = 0; ow < s.out_width(); ++ow)
        for (Index f = 0; f < s.filters; ++f)
          for (Index kh = 0; kh < s.kernel_height; ++kh)
            for (Index kw = 0; kw < s.kernel_width; ++kw)
              for (Index c = 0; c < s.channels; ++c) {
                const Index h = oh * s.stride_height - s.padding_height + kh * s.dilation_height;
                const Index w = ow * s.stride_width - s.padding_width + kw * s.dilation_width;
                if (h < 0 || h >= s.height || w < 0 || w >= s.width) continue;
                visit(((n * s.out_height() + oh) * s.out_width() + ow) * s.filters + f,
                      ((n * s.height + h) * s.width + w) * s.channels + c,
                      ((f * s.kernel_height + kh) * s.kernel_width + kw) * s.channels + c);
              }
}

std::vector<double> as_double(Memory& memory) {
  std::vector<double> out;
  for (const real value : memory) out.push_back(static_cast<double>(value));
  return out;
}

void check(const Conv2d& s, Random& random) {
  INFO("x [" << s.batch << ", " << s.height << ", " << s.width << ", " << s.channels << "] filters "
             << s.filters << " kernel " << s.kernel_height << "x" << s.kernel_width << " stride "
             << s.stride_height << "x" << s.stride_width << " padding " << s.padding_height << "x"
             << s.padding_width << " dilation " << s.dilation_height << "x" << s.dilation_width);
  const real nan = std::numeric_limits<real>::quiet_NaN();
  const Index area = s.kernel_height * s.kernel_width;
  const Index pixels = s.batch * s.out_height() * s.out_width();
  Memory x(s.batch * s.height * s.width * s.channels), w(s.filters * area * s.channels);
  Memory bias(s.filters), y(pixels * s.filters), dy(pixels * s.filters);
  for (Memory* memory : {&x, &w, &bias, &dy}) memory->draw(random);

  {
    std::vector<double> expected(static_cast<std::size_t>(y.size()));
    for (Index i = 0; i < y.size(); ++i) {
      expected[static_cast<std::size_t>(i)] = static_cast<double>(bias[i % s.filters]);
    }
    for_each_product(s, [&](Index at_y, Index at_x, Index at_w) {
      expected[static_cast<std::size_t>(at_y)] +=
          static_cast<double>(x[at_x]) * static_cast<double>(w[at_w]);
    });
    Memory workspace(kernels::conv2d_workspace(s), nan);
    kernels::conv2d(s, x.data(), w.data(), bias.data(), y.data(), workspace.data());
    kernels::test::require_close(y, expected, area * s.channels);
  }
  for (const bool accumulate : {false, true}) {
    INFO("accumulate " << accumulate);
    Memory dx(x.size()), dw(w.size());
    dx.draw(random);
    dw.draw(random);
    std::vector<double> expected_dx = as_double(dx), expected_dw = as_double(dw);
    if (!accumulate) {
      std::fill(expected_dx.begin(), expected_dx.end(), 0.0);
      std::fill(expected_dw.begin(), expected_dw.end(), 0.0);
    }
    for_each_product(s, [&](Index at_y, Index at_x, Index at_w) {
      const auto g = static_cast<double>(dy[at_y]);
      expected_dx[static_cast<std::size_t>(at_x)] += g * static_cast<double>(w[at_w]);
      expected_dw[static_cast<std::size_t>(at_w)] += g * static_cast<double>(x[at_x]);
    });
    Memory for_dx(kernels::conv2d_input_gradient_workspace(s, accumulate), nan);
    kernels::conv2d_input_gradient(s, dy.data(), w.data(), dx.data(), accumulate, for_dx.data());
    kernels::test::require_close(dx, expected_dx, area * s.filters);
    Memory for_dw(kernels::conv2d_weight_gradient_workspace(s), nan);
    kernels::conv2d_weight_gradient(s, x.data(), dy.data(), dw.data(), accumulate, for_dw.data());
    kernels::test::require_close(dw, expected_dw, pixels);
  }
}

Index draw(Random& random, std::uint32_t low, std::uint32_t high) {
  return static_cast<Index>(low + random.below(high - low + 1));
}

}  // namespace

TEST_CASE("conv2d and its gradients agree with a naive loop over random shapes") {
  Random random(3, 0);
  int checked = 0;
  while (checked < 120) {
    Conv2d s{.batch = draw(random, 0, 4),
             .height = draw(random, 1, 12),
             .width = draw(random, 1, 12),
             .channels = draw(random, 1, 9),
             .filters = draw(random, 1, 18),
             .kernel_height = draw(random, 1, 5),
             .kernel_width = draw(random, 1, 5)};
    s.stride_height = draw(random, 1, 3);
    s.stride_width = draw(random, 1, 3);
    s.padding_height = draw(random, 0, 5);
    s.padding_width = draw(random, 0, 5);
    s.dilation_height = draw(random, 1, 3);
    s.dilation_width = draw(random, 1, 3);
    if (s.out_height() == 0 || s.out_width() == 0) continue;
    check(s, random);
    ++checked;
  }
}

TEST_CASE("conv2d agrees with a naive loop where images are grouped, cut into bands, or plain") {
  Random random(4, 0);
  // Lenet's two, one with more pixels than one call sums, one without any copy of the image.
  check({.batch = 3,
         .height = 28,
         .width = 28,
         .channels = 1,
         .filters = 8,
         .kernel_height = 5,
         .kernel_width = 5,
         .padding_height = 2,
         .padding_width = 2},
        random);
  check({.batch = 11,
         .height = 14,
         .width = 14,
         .channels = 8,
         .filters = 16,
         .kernel_height = 5,
         .kernel_width = 5,
         .padding_height = 2,
         .padding_width = 2},
        random);
  check({.batch = 2,
         .height = 41,
         .width = 53,
         .channels = 3,
         .filters = 4,
         .kernel_height = 3,
         .kernel_width = 3,
         .stride_height = 1,
         .stride_width = 1},
        random);
  check({.batch = 2,
         .height = 9,
         .width = 10,
         .channels = 5,
         .filters = 7,
         .kernel_height = 1,
         .kernel_width = 1},
        random);
}

TEST_CASE("window_count") {
  REQUIRE(kernels::window_count(28, 5, 1, 2, 1) == 28);
  REQUIRE(kernels::window_count(28, 2, 2, 0, 1) == 14);
  REQUIRE(kernels::window_count(7, 3, 2, 0, 2) == 2);
  REQUIRE(kernels::window_count(4, 5, 1, 0, 1) == 0);
}

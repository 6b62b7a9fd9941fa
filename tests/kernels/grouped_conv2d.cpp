#include "kernels/grouped_conv2d.h"

#include <limits>

#include "kernels/naive.h"
#include "kernels/parallel.h"

namespace {

using namespace deai;
using deai::kernels::Conv2d;
using deai::kernels::test::Memory;

// Calls visit(element of y, element of x, element of w) for each product of the sum.
template <typename Visit>
void for_each_product(const Conv2d& s, Index groups, Visit visit) {
  const Index channels = s.channels / groups;
  for (Index n = 0; n < s.batch; ++n)
    for (Index oh = 0; oh < s.out_height(); ++oh)
      for (Index ow = 0; ow < s.out_width(); ++ow)
        for (Index f = 0; f < s.filters; ++f)
          for (Index kh = 0; kh < s.kernel_height; ++kh)
            for (Index kw = 0; kw < s.kernel_width; ++kw)
              for (Index c = 0; c < channels; ++c) {
                const Index h = oh * s.stride_height - s.padding_height + kh * s.dilation_height;
                const Index w = ow * s.stride_width - s.padding_width + kw * s.dilation_width;
                if (h < 0 || h >= s.height || w < 0 || w >= s.width) continue;
                const Index first = f / (s.filters / groups) * channels;
                visit(((n * s.out_height() + oh) * s.out_width() + ow) * s.filters + f,
                      ((n * s.height + h) * s.width + w) * s.channels + first + c,
                      ((f * s.kernel_height + kh) * s.kernel_width + kw) * channels + c);
              }
}

std::vector<double> as_double(Memory& memory) {
  std::vector<double> out;
  for (const real value : memory) out.push_back(static_cast<double>(value));
  return out;
}

void check(const Conv2d& s, Index groups, Random& random) {
  INFO("groups " << groups << " x [" << s.batch << ", " << s.height << ", " << s.width << ", "
                 << s.channels << "] filters " << s.filters << " kernel " << s.kernel_height << "x"
                 << s.kernel_width << " stride " << s.stride_height << "x" << s.stride_width
                 << " padding " << s.padding_height << "x" << s.padding_width << " dilation "
                 << s.dilation_height << "x" << s.dilation_width);
  const real nan = std::numeric_limits<real>::quiet_NaN();
  const Index area = s.kernel_height * s.kernel_width;
  const Index pixels = s.batch * s.out_height() * s.out_width();
  Memory x(s.batch * s.height * s.width * s.channels), w(s.filters * area * s.channels / groups);
  Memory bias(s.filters), y(pixels * s.filters), dy(pixels * s.filters);
  for (Memory* memory : {&x, &w, &bias, &dy}) memory->draw(random);

  for (const bool with_bias : {true, false}) {
    std::vector<double> expected(static_cast<std::size_t>(y.size()));
    for (Index i = 0; i < y.size() && with_bias; ++i) {
      expected[static_cast<std::size_t>(i)] = static_cast<double>(bias[i % s.filters]);
    }
    for_each_product(s, groups, [&](Index at_y, Index at_x, Index at_w) {
      expected[static_cast<std::size_t>(at_y)] +=
          static_cast<double>(x[at_x]) * static_cast<double>(w[at_w]);
    });
    Memory workspace(kernels::grouped_conv2d_workspace(s, groups), nan);
    kernels::grouped_conv2d(s, groups, x.data(), w.data(), with_bias ? bias.data() : nullptr,
                            y.data(), workspace.data());
    kernels::test::require_close(y, expected, area * s.channels / groups);
  }
  for (const bool accumulate : {false, true}) {
    INFO("accumulate " << accumulate);
    Memory dx(x.size()), dw(w.size());
    dx.draw(random);
    dw.draw(random);
    std::vector<double> expected_dx = as_double(dx), expected_dw = as_double(dw);
    if (!accumulate) {
      std::fill(dx.begin(), dx.end(), nan);  // must be overwritten, not read
      std::fill(dw.begin(), dw.end(), nan);
      std::fill(expected_dx.begin(), expected_dx.end(), 0.0);
      std::fill(expected_dw.begin(), expected_dw.end(), 0.0);
    }
    for_each_product(s, groups, [&](Index at_y, Index at_x, Index at_w) {
      const auto g = static_cast<double>(dy[at_y]);
      expected_dx[static_cast<std::size_t>(at_x)] += g * static_cast<double>(w[at_w]);
      expected_dw[static_cast<std::size_t>(at_w)] += g * static_cast<double>(x[at_x]);
    });
    Memory for_dx(kernels::grouped_conv2d_input_gradient_workspace(s, groups, accumulate), nan);
    kernels::grouped_conv2d_input_gradient(s, groups, dy.data(), w.data(), dx.data(), accumulate,
                                           for_dx.data());
    kernels::test::require_close(dx, expected_dx, area * s.filters / groups);
    Memory for_dw(kernels::grouped_conv2d_weight_gradient_workspace(s, groups), nan);
    kernels::grouped_conv2d_weight_gradient(s, groups, x.data(), dy.data(), dw.data(), accumulate,
                                            for_dw.data());
    kernels::test::require_close(dw, expected_dw, pixels);
  }
}

Index draw(Random& random, std::uint32_t low, std::uint32_t high) {
  return static_cast<Index>(low + random.below(high - low + 1));
}

// A shape of `groups` groups in which at least one window fits.
Conv2d draw_shape(Random& random, Index groups, Index group_channels, Index group_filters) {
  while (true) {
    Conv2d s{.batch = draw(random, 0, 3),
             .height = draw(random, 1, 12),
             .width = draw(random, 1, 15),
             .channels = groups * group_channels,
             .filters = groups * group_filters,
             .kernel_height = draw(random, 1, 5),
             .kernel_width = draw(random, 1, 7)};
    s.stride_height = draw(random, 1, 3);
    s.stride_width = draw(random, 1, 3);
    s.padding_height = draw(random, 0, 5);
    s.padding_width = draw(random, 0, 5);
    s.dilation_height = draw(random, 1, 3);
    s.dilation_width = draw(random, 1, 3);
    if (s.out_height() > 0 && s.out_width() > 0) return s;
  }
}

}  // namespace

TEST_CASE("grouped_conv2d: each channel alone agrees with a naive loop over random shapes") {
  Random random(6, 0);
  for (int trial = 0; trial < 160; ++trial) {
    const Index channels = draw(random, 1, 21);
    const Index multiplier = draw(random, 1, 4) == 1 ? draw(random, 2, 3) : 1;
    check(draw_shape(random, channels, 1, multiplier), channels, random);
  }
}

TEST_CASE("grouped_conv2d: some groups agree with a naive loop over random shapes") {
  Random random(7, 0);
  for (int trial = 0; trial < 60; ++trial) {
    const Index groups = draw(random, 1, 4);
    check(draw_shape(random, groups, draw(random, 2, 5), draw(random, 1, 6)), groups, random);
  }
}

TEST_CASE("grouped_conv2d: the sizes of mobile networks agree with a naive loop") {
  Random random(8, 0);
  for (const Index stride : {1, 2}) {
    check({.batch = 2,
           .height = 14,
           .width = 14,
           .channels = 40,
           .filters = 40,
           .kernel_height = 3,
           .kernel_width = 3,
           .stride_height = stride,
           .stride_width = stride,
           .padding_height = 1,
           .padding_width = 1},
          40, random);
  }
}

TEST_CASE("grouped_conv2d: the number of threads does not change a bit") {
  if (!kernels::kHasThreads) SKIP("this build has no threads");
  Random random(9, 0);
  for (const Index multiplier : {1, 2}) {
    const Index channels = 37;
    const Conv2d s{.batch = 9,
                   .height = 20,
                   .width = 19,
                   .channels = channels,
                   .filters = channels * multiplier,
                   .kernel_height = 3,
                   .kernel_width = 4,
                   .padding_height = 1,
                   .padding_width = 2};
    Memory x(s.batch * s.height * s.width * channels), w(s.filters * 12), bias(s.filters);
    Memory dy(s.batch * s.out_height() * s.out_width() * s.filters);
    for (Memory* memory : {&x, &w, &bias, &dy}) memory->draw(random);
    const auto with = [&](Index threads) {
      kernels::set_threads(threads);
      Memory y(dy.size()), dx(x.size()), dw(w.size());
      Memory for_y(kernels::grouped_conv2d_workspace(s, channels));
      kernels::grouped_conv2d(s, channels, x.data(), w.data(), bias.data(), y.data(), for_y.data());
      Memory for_dx(kernels::grouped_conv2d_input_gradient_workspace(s, channels, false));
      kernels::grouped_conv2d_input_gradient(s, channels, dy.data(), w.data(), dx.data(), false,
                                             for_dx.data());
      Memory for_dw(kernels::grouped_conv2d_weight_gradient_workspace(s, channels));
      kernels::grouped_conv2d_weight_gradient(s, channels, x.data(), dy.data(), dw.data(), false,
                                              for_dw.data());
      kernels::set_threads(1);
      std::vector<real> all(y.begin(), y.end());
      all.insert(all.end(), dx.begin(), dx.end());
      all.insert(all.end(), dw.begin(), dw.end());
      return all;
    };
    const std::vector<real> expected = with(1);
    REQUIRE(with(2) == expected);
    REQUIRE(with(3) == expected);
  }
}

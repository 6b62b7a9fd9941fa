#include "cases.h"

#include <cstdlib>
#include <memory>
#include <utility>

#include "kernels/column_sums.h"
#include "kernels/conv2d.h"
#include "kernels/gemm.h"
#include "kernels/max_pool2d.h"
#include "kernels/relu.h"
#include "peak.h"

namespace deai::bench {

namespace {

// Aligned and with room behind, as kernels want it; filled with small numbers of both signs.
class Numbers {
 public:
  explicit Numbers(Index count)
      : data_(new(std::align_val_t{kernels::kAlignBytes})
                  real[static_cast<std::size_t>(count) + kernels::kReadBehindBytes]) {
    for (Index i = 0; i < count; ++i) data_[i] = static_cast<real>((i * 37) % 101 - 50) / 50;
  }
  Numbers(Numbers&&) = delete;
  ~Numbers() { operator delete[](data_, std::align_val_t{kernels::kAlignBytes}); }
  real* data() { return data_; }

 private:
  real* data_;
};

std::shared_ptr<Numbers> numbers(Index count) { return std::make_shared<Numbers>(count); }

void add_gemm(std::vector<Case>& cases, const std::string& name, kernels::Gemm sizes) {
  const auto a = numbers(sizes.m * sizes.k);
  const auto b = numbers(sizes.k * sizes.n);
  const auto c = numbers(sizes.m * sizes.n);
  sizes.a = a->data();
  sizes.b = b->data();
  sizes.c = c->data();
  const auto workspace = numbers(kernels::gemm_workspace(sizes));
  cases.push_back({"gemm " + name, 2.0 * static_cast<double>(sizes.m * sizes.n * sizes.k),
                   [=] { (void)a, (void)b, (void)c, kernels::gemm(sizes, workspace->data()); }});
}

void add_conv2d(std::vector<Case>& cases, const std::string& name, const kernels::Conv2d& sizes,
                bool input_gradient) {
  const Index out = sizes.batch * sizes.out_height() * sizes.out_width() * sizes.filters;
  const Index taps = sizes.kernel_height * sizes.kernel_width * sizes.channels;
  const auto x = numbers(sizes.batch * sizes.height * sizes.width * sizes.channels);
  const auto w = numbers(sizes.filters * taps);
  const auto bias = numbers(sizes.filters);
  const auto y = numbers(out);
  const double flop = 2.0 * static_cast<double>(out * taps);

  auto workspace = numbers(kernels::conv2d_workspace(sizes));
  cases.push_back({name + " forward", flop, [=] {
                     kernels::conv2d(sizes, x->data(), w->data(), bias->data(), y->data(),
                                     workspace->data());
                   }});
  if (input_gradient) {
    workspace = numbers(kernels::conv2d_input_gradient_workspace(sizes, false));
    cases.push_back({name + " dx", flop, [=] {
                       kernels::conv2d_input_gradient(sizes, y->data(), w->data(), x->data(), false,
                                                      workspace->data());
                     }});
  }
  workspace = numbers(kernels::conv2d_weight_gradient_workspace(sizes));
  cases.push_back({name + " dw", flop, [=] {
                     kernels::conv2d_weight_gradient(sizes, x->data(), y->data(), w->data(), false,
                                                     workspace->data());
                   }});
}

kernels::Conv2d square(Index size, Index channels, Index filters, Index kernel, Index padding) {
  return {.batch = 64,
          .height = size,
          .width = size,
          .channels = channels,
          .filters = filters,
          .kernel_height = kernel,
          .kernel_width = kernel,
          .padding_height = padding,
          .padding_width = padding};
}

// What memory limits: the gflops of these are 10⁹ elements of the larger side per second.
void add_elementwise(std::vector<Case>& cases) {
  constexpr Index kPixels = 64 * 24 * 24;
  constexpr Index kFilters = 64;
  const auto x = numbers(kPixels * kFilters);
  const auto y = numbers(kPixels * kFilters);
  const auto dy = numbers(kPixels * kFilters);
  const auto sums = numbers(kFilters);
  const auto taps = std::make_shared<std::vector<std::uint16_t>>(kPixels * kFilters / 4);
  const auto words = std::make_shared<std::vector<std::uint32_t>>(
      static_cast<std::size_t>(kernels::positive_words(kPixels * kFilters)));
  constexpr double kCount = kPixels * kFilters;
  const kernels::MaxPool2d pool{64, 24, 24, kFilters, 2, 2, 2, 2};
  cases.push_back({"cnn relu forward", kCount, [=] {
                     kernels::relu(x->data(), kPixels * kFilters, y->data(), words->data());
                   }});
  cases.push_back({"cnn relu dx", kCount, [=] {
                     kernels::relu_gradient(words->data(), dy->data(), kPixels * kFilters,
                                            x->data(), false);
                   }});
  cases.push_back({"cnn max_pool2d forward", kCount,
                   [=] { kernels::max_pool2d(pool, x->data(), y->data(), taps->data()); }});
  cases.push_back({"cnn max_pool2d dx", kCount, [=] {
                     kernels::max_pool2d_gradient(pool, y->data(), taps->data(), x->data(), false);
                   }});
  cases.push_back({"cnn column_sums", kCount, [=] {
                     kernels::column_sums(x->data(), kPixels, kFilters, sums->data(), false);
                   }});
}

}  // namespace

std::vector<Case> kernel_cases() {
  std::vector<Case> cases;
  constexpr long kRounds = 1'000'000;
  float unused = 0;
  cases.push_back({"peak", spin(1, unused) * kRounds, [] {
                     float sum = 0;
                     spin(kRounds, sum);
                     if (sum == 0) std::abort();  // never; but the sum must be computed
                   }});
  const kernels::Gemm cube{.m = 512, .n = 512, .k = 512, .a = nullptr, .b = nullptr, .c = nullptr};
  add_gemm(cases, "512 ab", cube);
  kernels::Gemm turned = cube;
  turned.b_transposed = true;
  add_gemm(cases, "512 abT", turned);
  turned = cube;
  turned.a_transposed = true;
  add_gemm(cases, "512 aTb", turned);
  // mlp's first layer: y = x·wᵀ, dx = dy·w, dw = dyᵀ·x.
  const kernels::Gemm dense{.m = 64, .n = 256, .k = 784, .a = nullptr, .b = nullptr, .c = nullptr};
  turned = dense;
  turned.b_transposed = true;
  add_gemm(cases, "mlp dense1 forward", turned);
  turned = dense;
  std::swap(turned.n, turned.k);
  add_gemm(cases, "mlp dense1 dx", turned);
  turned = {
      .m = 256, .n = 784, .k = 64, .a = nullptr, .a_transposed = true, .b = nullptr, .c = nullptr};
  add_gemm(cases, "mlp dense1 dw", turned);
  add_conv2d(cases, "lenet conv1", square(28, 1, 8, 5, 0), false);
  add_conv2d(cases, "lenet conv2", square(12, 8, 16, 5, 0), true);
  add_conv2d(cases, "disco_mnist conv2", square(24, 8, 16, 5, 0), true);
  add_conv2d(cases, "cnn conv1", square(28, 1, 32, 3, 0), false);
  add_conv2d(cases, "cnn conv2", square(26, 32, 64, 3, 0), true);
  kernels::Conv2d strided = square(28, 32, 32, 3, 1);
  strided.stride_height = strided.stride_width = 2;
  add_conv2d(cases, "strided conv2d", strided, true);
  add_elementwise(cases);
  return cases;
}

}  // namespace deai::bench

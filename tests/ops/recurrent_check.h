#pragma once

#include <array>

#include "ops/gradient_check.h"
#include "ops/recurrent.h"
#include "ops/values.h"

// What the tests of gru and lstm share: random weights, and values by a step at a time.
namespace deai::ops::test {

using Matrix = std::vector<std::vector<double>>;

inline double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

// inputs: x, w_ih, w_hh, b_ih, b_hh
inline std::vector<Tensor> draw_recurrent(Random& random, Index gates, const Shape& x,
                                          Index width) {
  const Index wide = gates * width;
  return {random_tensor(random, x), random_tensor(random, {wide, x[2]}),
          random_tensor(random, {wide, width}), random_tensor(random, {wide}),
          random_tensor(random, {wide})};
}

inline RecurrentWeights weights_of(const std::vector<Variable>& in) {
  return {in[1], in[2], in[3], in[4]};
}
inline RecurrentWeights constants(const std::vector<Tensor>& in) {
  return {Variable(in[1]), Variable(in[2]), Variable(in[3]), Variable(in[4])};
}

// w·x + b of a step, in double.
inline std::vector<double> affine(const Tensor& w, const Tensor& b, const std::vector<double>& x) {
  std::vector<double> out;
  for (const real bias : b.span()) {
    double sum = static_cast<double>(bias);
    for (const double& value : x) {
      sum += value *
             static_cast<double>(
                 w.span()[out.size() * x.size() + static_cast<std::size_t>(&value - x.data())]);
    }
    out.push_back(sum);
  }
  return out;
}

// step(a, b, h, c) changes the state h and c of a sample; compares all h.
template <typename Step>
void require_recurrent(const Tensor& got, const std::vector<Tensor>& in, Index width,
                       const Step& step) {
  const Shape& shape = in[0].shape();
  REQUIRE(got.shape() == Shape{shape[0], shape[1], width});
  const auto inputs = static_cast<std::size_t>(shape[2]);
  std::size_t at = 0, place = 0;
  for (Index sample = 0; sample < shape[0]; ++sample) {
    std::vector<double> h(static_cast<std::size_t>(width)), c = h;
    for (Index t = 0; t < shape[1]; ++t, at += inputs) {
      const auto x = in[0].span().subspan(at, inputs);
      step(affine(in[1], in[3], {x.begin(), x.end()}), affine(in[2], in[4], h), h, c);
      for (const double value : h) {
        INFO("sample " << sample << " step " << t);
        REQUIRE(std::abs(static_cast<double>(got.span()[place++]) - value) <=
                (sizeof(real) == 8 ? 1e-12 : 1e-5));
      }
    }
  }
}

// N, T, I, H: sizes 0 and 1, also none of the vectors' width.
inline constexpr std::array<std::array<Index, 4>, 6> kRecurrentSizes{
    {{1, 1, 1, 1}, {0, 2, 1, 1}, {2, 0, 1, 1}, {2, 3, 2, 5}, {7, 2, 3, 4}, {1, 4, 1, 3}}};

}  // namespace deai::ops::test

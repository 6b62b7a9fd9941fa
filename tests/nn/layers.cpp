#include "nn/layers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "nn/blocks.h"
#include "nn/initialise.h"
#include "ops/relu.h"

namespace {

using namespace deai;
using nn::ParameterLayout;
using nn::ParameterView;

struct Bound {
  ParameterLayout layout;
  Shape result;
};

Bound bind(nn::Layer& layer, const Shape& input) {
  Bound bound;
  nn::Binding binding{.layout = bound.layout, .name = "3"};
  bound.result = layer.bind(binding, {&input, 1});
  bound.layout.finish();
  return bound;
}

// The result of one batch with all weights 0, and its shape.
Shape forward_shape(nn::Layer& layer, const Shape& input, const Shape& batch) {
  const Bound bound = bind(layer, input);
  nn::Context context;
  const ParameterView view{&bound.layout, tensor::Tensor::zeros({bound.layout.size()}), {}};
  autograd::Variable x(tensor::Tensor::zeros(batch));
  const autograd::Variable y = layer.forward(context, view, {&x, 1});
  REQUIRE_FALSE(y.needs_gradient());
  return y.shape();
}

}  // namespace

TEST_CASE("parameters lie section by section, in each in the order of their layers") {
  ParameterLayout layout;
  nn::Conv2d conv({.filters = 8, .kernel = {5, 5}});
  nn::Dense dense({.units = 10});
  const Shape image{28, 28, 1};
  const Shape row{100};
  nn::Binding first{.layout = layout, .name = "0", .frozen = true};
  REQUIRE(conv.bind(first, {&image, 1}) == Shape{24, 24, 8});
  nn::Binding second{.layout = layout, .name = "3"};
  REQUIRE(dense.bind(second, {&row, 1}) == Shape{10});
  REQUIRE_THROWS_AS(dense.bind(second, {&row, 1}), Error);  // the name stands there already
  nn::Binding inside = second.inside("part");
  REQUIRE(layout.at(inside.buffer("mean", {4})).name == "3.part.mean");
  layout.finish();

  const auto parameters = layout.parameters();
  REQUIRE(parameters.size() == 5);
  REQUIRE(parameters[0].name == "0.weight");
  REQUIRE(parameters[0].shape == Shape{8, 5, 5, 1});
  REQUIRE(parameters[0].offset == 1014);
  REQUIRE(parameters[1].name == "0.bias");
  REQUIRE(parameters[1].offset == 1214);
  REQUIRE(parameters[2].name == "3.weight");
  REQUIRE(parameters[2].shape == Shape{10, 100});
  REQUIRE(parameters[2].offset == 0);
  REQUIRE(parameters[3].offset == 1000);
  REQUIRE(parameters[4].offset == 1010);
  REQUIRE(layout.trained_size() == 1010);
  REQUIRE(layout.exchanged_size() == 1014);
  REQUIRE(layout.size() == 1222);
}

TEST_CASE("a layer's result has the shape that bind announced") {
  nn::Dense dense({.units = 3});
  REQUIRE(forward_shape(dense, {4}, {2, 4}) == Shape{2, 3});
  nn::Dense plain({.units = 3, .bias = false});
  REQUIRE(forward_shape(plain, {5, 4}, {2, 5, 4}) == Shape{2, 5, 3});
  REQUIRE(bind(plain, {5, 4}).layout.size() == 12);
  nn::Conv2d conv(
      {.filters = 2, .kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}});
  REQUIRE(forward_shape(conv, {7, 6, 3}, {2, 7, 6, 3}) == Shape{2, 4, 4, 2});
  REQUIRE(bind(conv, {7, 6, 3}).result == Shape{4, 4, 2});
  nn::Pool2d pool(nn::Pool2d::Kind::kMax, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}});
  REQUIRE(forward_shape(pool, {7, 6, 3}, {2, 7, 6, 3}) == Shape{2, 4, 3, 3});
  REQUIRE(bind(pool, {7, 6, 3}).result == Shape{4, 3, 3});
  nn::Conv2d grouped({.filters = 6, .padding = {1, 1}, .groups = 3});
  REQUIRE(forward_shape(grouped, {7, 6, 9}, {2, 7, 6, 9}) == Shape{2, 7, 6, 6});
  REQUIRE(bind(grouped, {7, 6, 9}).layout.parameters()[0].shape == Shape{6, 3, 3, 3});
  nn::Conv2d alone({.filters = 4, .groups = 4});
  REQUIRE(forward_shape(alone, {7, 6, 4}, {2, 7, 6, 4}) == Shape{2, 5, 4, 4});
  REQUIRE(bind(alone, {7, 6, 4}).layout.size() == 4 * 9 + 4);
  nn::Pool2d average(nn::Pool2d::Kind::kAverage,
                     {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}});
  REQUIRE(forward_shape(average, {7, 6, 3}, {2, 7, 6, 3}) == Shape{2, 4, 3, 3});
  REQUIRE(bind(average, {7, 6, 3}).result == Shape{4, 3, 3});
  nn::GlobalAvgPool2d global;
  REQUIRE(forward_shape(global, {7, 6, 3}, {2, 7, 6, 3}) == Shape{2, 3});
  REQUIRE(bind(global, {7, 6, 3}).result == Shape{3});
  nn::Elementwise relu([](nn::Context& context, autograd::Variable x, real) {
    return ops::relu(context, std::move(x));
  });
  REQUIRE(forward_shape(relu, {7, 6}, {2, 7, 6}) == Shape{2, 7, 6});
  nn::Dropout dropout(real(0.5));
  REQUIRE(forward_shape(dropout, {7}, {2, 7}) == Shape{2, 7});
  nn::Flatten flatten;
  REQUIRE(forward_shape(flatten, {7, 6, 2}, {2, 7, 6, 2}) == Shape{2, 84});
}

TEST_CASE("first weights lie in their range, biases are zero, and a seed gives equal bits") {
  nn::Dense dense({.units = 50});
  const Bound bound = bind(dense, {100});
  const auto size = static_cast<std::size_t>(bound.layout.size());
  std::vector<real> weights(size, 9), again(size, 8);
  Random random(1, 2);
  dense.initialise(random, {bound.layout, weights});
  Random same(1, 2);
  dense.initialise(same, {bound.layout, again});
  REQUIRE(weights == again);
  real largest = 0;
  for (std::size_t i = 0; i < 5000; ++i) largest = std::max(largest, std::abs(weights[i]));
  REQUIRE(largest <= real(0.2));  // √(6 / 150)
  REQUIRE(largest > real(0.19));
  for (std::size_t i = 5000; i < size; ++i) REQUIRE(weights[i] == 0);

  nn::Conv2d conv({.filters = 50, .kernel = {2, 3}});
  const Bound bound_conv = bind(conv, {9, 9, 4});
  std::vector<real> filters(static_cast<std::size_t>(bound_conv.layout.size()));
  conv.initialise(random, {bound_conv.layout, filters});
  largest = 0;
  for (std::size_t i = 0; i < 1200; ++i) largest = std::max(largest, std::abs(filters[i]));
  REQUIRE(largest <= real(0.5));  // √(6 / 24)
  REQUIRE(largest > real(0.49));
}

TEST_CASE("first weights are these bits on every machine") {
  std::array<real, 3> weights{};
  Random random(42, 7);
  nn::glorot_uniform(random, 784, 10, weights);
  const std::array<std::uint32_t, 3> draws = [] {
    std::array<std::uint32_t, 3> out{};
    Random raw(42, 7);
    for (auto& draw : out) draw = raw.next_u32() >> 8;
    return out;
  }();
  // √(6 / 794), correctly rounded.
  const real bound = static_cast<real>(0.0869291381699617);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const real share = static_cast<real>(draws[i]) * static_cast<real>(1.0 / 16777216.0);
    const real span = bound + bound;
    const real product = span * share;
    REQUIRE(weights[i] == -bound + product);
  }
}

TEST_CASE("what a layer cannot take is refused by its name") {
  const auto refuse = [](nn::Layer&& layer, const Shape& input, std::string_view part) {
    try {
      bind(layer, input);
      FAIL("did not throw");
    } catch (const Error& error) {
      INFO(error.text());
      REQUIRE(error.code() == ErrorCode::kTask);
      REQUIRE(error.text().find("layer 3") != std::string::npos);
      REQUIRE(error.text().find(part) != std::string::npos);
    }
  };
  refuse(nn::Dense({.units = 3}), {28, 28, 1}, "flatten");
  refuse(nn::Dense({.units = 0}), {4}, "units");
  refuse(nn::Conv2d({.filters = 0}), {9, 9, 1}, "filters");
  refuse(nn::Conv2d({.filters = 2}), {9}, "[9]");
  refuse(nn::Conv2d({.filters = 2, .kernel = {5, 5}}), {4, 4, 1}, "5x5");
  refuse(nn::Pool2d(nn::Pool2d::Kind::kMax, {}), {9}, "[9]");
  refuse(nn::Pool2d(nn::Pool2d::Kind::kMax, {}), {1, 1, 4}, "2x2");
  refuse(nn::Pool2d(nn::Pool2d::Kind::kMax, {.padding = {2, 2}}), {9, 9, 4}, "padding");
  refuse(nn::Pool2d(nn::Pool2d::Kind::kAverage, {}), {1, 1, 4}, "(avg_pool2d): a window of 2x2");
  refuse(nn::GlobalAvgPool2d(), {9}, "(global_avg_pool2d): expected an image [H, W, C], got [9]");
  refuse(nn::Conv2d({.filters = 4, .groups = 0}), {9, 9, 4}, "groups");
  refuse(nn::Conv2d({.filters = 4, .groups = 3}), {9, 9, 6}, "3 groups, 6 channels and 4 filters");
  refuse(nn::Conv2d({.filters = 6, .groups = 3}), {9, 9, 4}, "3 groups, 4 channels and 6 filters");
  refuse(nn::DepthwiseConv2d({}, 1), {9}, "(depthwise_conv2d): expected an image");
  refuse(nn::Dropout(1), {9}, "rate");
}

namespace {

// A layer with weights, and what it makes of a batch.
struct Made {
  Made(nn::Layer& of, const Shape& input, bool frozen = false) : layer(of) {
    nn::Binding binding{.layout = layout, .name = "3", .frozen = frozen};
    layer.bind(binding, {&input, 1});
    layout.finish();
    weights = tensor::Tensor::zeros({layout.size()});
    Random random(1, 2);
    layer.initialise(random, {layout, weights.span()});
  }
  std::span<real> at(std::string_view name) {
    for (std::size_t number = 0; number < layout.parameters().size(); ++number) {
      if (layout.parameters()[number].name != name) continue;
      return nn::FirstWeights{layout, weights.span()}.at(static_cast<Index>(number));
    }
    FAIL("no parameter " << name);
    return {};
  }
  tensor::Tensor run(const tensor::Tensor& x, bool training) {
    nn::Context context;
    context.training = training;
    autograd::Variable input(x);
    return layer.forward(context, {&layout, weights, {}}, {&input, 1}).value();
  }

  nn::Layer& layer;
  ParameterLayout layout;
  tensor::Tensor weights;
};

tensor::Tensor counting(const Shape& shape) {
  tensor::Tensor x(shape);
  for (std::size_t i = 0; i < x.span().size(); ++i) x.span()[i] = static_cast<real>(i);
  return x;
}

}  // namespace

TEST_CASE("batch norm keeps running statistics as buffers while it trains, and none when frozen") {
  nn::Norm norm({.kind = nn::NormSettings::Kind::kBatch, .momentum = real(0.5)});
  Made made(norm, {2});
  REQUIRE(made.layout.trained_size() == 4);
  REQUIRE(made.layout.exchanged_size() == 8);
  REQUIRE(made.at("3.running_var")[1] == 1);
  const tensor::Tensor x = counting({2, 2});  // columns 0, 2 and 1, 3
  made.run(x, false);
  REQUIRE(made.at("3.running_mean")[1] == 0);
  made.run(x, true);
  REQUIRE(made.at("3.running_mean")[0] == real(0.5));
  REQUIRE(made.at("3.running_mean")[1] == 1);
  REQUIRE(made.at("3.running_var")[0] == real(1.5));  // (1 + 2) / 2

  nn::Norm still({.kind = nn::NormSettings::Kind::kBatch});
  Made frozen(still, {2}, true);
  REQUIRE(frozen.layout.exchanged_size() == 0);
  const tensor::Tensor y = frozen.run(x, true);
  REQUIRE(frozen.at("3.running_mean")[1] == 0);
  REQUIRE(std::abs(y.span()[3] - 3) < real(1e-3));  // as by mean 0 and deviation 1
}

TEST_CASE("LoRA learns beside a frozen weight, and changes nothing at first") {
  nn::Dense plain({.units = 3});
  nn::Dense dense({.units = 3, .lora = {.rank = 2, .alpha = 3}});
  Made base(plain, {4}), made(dense, {4});
  REQUIRE(made.layout.trained_size() == 2 * 4 + 3 * 2);
  REQUIRE(made.layout.at(2).name == "3.lora_A");
  REQUIRE(made.layout.at(3).shape == Shape{3, 2});
  REQUIRE(made.layout.at(0).section == nn::Section::kFrozen);
  REQUIRE(made.layout.at(1).section == nn::Section::kFrozen);
  const tensor::Tensor x = counting({2, 4});
  REQUIRE(std::ranges::equal(made.run(x, true).span(), base.run(x, true).span()));
  // w + (alpha / rank)·B·A with B = 1: each result grows by 1.5·(x · the sum of A's rows).
  std::ranges::fill(made.at("3.lora_B"), real(1));
  const std::span<real> a = made.at("3.lora_A");
  real more = 0;
  for (std::size_t i = 0; i < 4; ++i) more += real(1.5) * x.span()[4 + i] * (a[i] + a[4 + i]);
  const real grown = made.run(x, true).span()[5] - base.run(x, true).span()[5];
  REQUIRE(std::abs(grown - more) < real(1e-4));
  nn::Dense wide({.units = 3, .lora = {.rank = 4}});
  ParameterLayout layout;
  nn::Binding binding{.layout = layout, .name = "3"};
  const Shape input{4};
  REQUIRE_THROWS_AS(wide.bind(binding, {&input, 1}), Error);
}

TEST_CASE("blocks name their parameters as torchvision does") {
  const auto names = [](nn::Layer& layer, const Shape& input) {
    std::string out;
    const Bound bound = bind(layer, input);
    for (const nn::Parameter& parameter : bound.layout.parameters()) {
      if (parameter.name.ends_with("weight")) out += parameter.name.substr(2) + " ";
    }
    return out;
  };
  const auto relu = [](nn::Context& context, autograd::Variable x, real) {
    return ops::relu(context, std::move(x));
  };
  nn::ResidualBlock same({.filters = 4, .activation = relu});
  CHECK(names(same, {8, 8, 4}) == "conv1.weight bn1.weight conv2.weight bn2.weight ");
  nn::ResidualBlock other({.filters = 6, .stride = 2, .activation = relu});
  CHECK(bind(other, {9, 8, 4}).result == Shape{5, 4, 6});
  CHECK(names(other, {9, 8, 4}) ==
        "conv1.weight bn1.weight conv2.weight bn2.weight downsample.0.weight downsample.1.weight ");
  using Normalise = nn::ResidualSettings::Normalise;
  nn::InvertedResidual wide({.filters = 4, .expand = 6, .activation = relu});
  CHECK(names(wide, {8, 8, 4}) ==
        "conv.0.0.weight conv.0.1.weight conv.1.0.weight conv.1.1.weight conv.2.weight "
        "conv.3.weight ");
  nn::InvertedResidual thin(
      {.filters = 4, .expand = 1, .norm = Normalise::kNone, .activation = relu});
  CHECK(names(thin, {8, 8, 4}) == "conv.0.0.weight conv.1.weight ");
  CHECK(bind(thin, {8, 8, 4}).layout.parameters()[1].name == "3.conv.0.0.bias");
}

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "nn/layers.h"
#include "ops/argmax.h"
#include "ops/relu.h"
#include "ops/softmax_cross_entropy.h"
#include "optim/adamw.h"
#include "optim/sgd.h"

// The rooms together: small nets learn, and only their first step asks the system for memory.
namespace {

using namespace deai;
using tensor::Pool;
using tensor::Tensor;

autograd::Variable relu(autograd::Context& context, autograd::Variable x, real) {
  return ops::relu(context, std::move(x));
}

class Net {
 public:
  template <typename L>
  void add(L layer) {
    nn::Binding binding{.layout = layout_, .name = std::to_string(layers_.size())};
    const Shape input = shape_;
    shape_ = layer.bind(binding, {&input, 1});
    layers_.push_back(std::make_unique<L>(std::move(layer)));
  }
  explicit Net(const Shape& input) : shape_(input) {}

  void start() {
    layout_.finish();
    view_ = {&layout_, Tensor::zeros({layout_.size()}), Tensor::zeros({layout_.size()})};
    Random random(17, 0);
    for (const auto& layer : layers_) layer->initialise(random, {layout_, view_.weights.span()});
    context_.random = Random(18, 0);
  }

  real train(optim::Optimizer& optimizer, const Tensor& x, std::span<const std::int32_t> labels,
             real rate) {
    context_.training = true;
    view_.gradients.fill(0);
    real loss = 0;
    {
      const autograd::Variable y = ops::softmax_cross_entropy(context_, forward(view_, x), labels);
      loss = y.value().item();
      context_.tape.backward(y);
    }
    context_.tape.reset();
    optimizer.step(view_.weights.span(), view_.gradients.span(), rate);
    return loss;
  }

  double accuracy(const Tensor& x, std::span<const std::int32_t> labels) {
    context_.training = false;
    std::vector<std::int32_t> found(labels.size());
    ops::argmax(forward({&layout_, view_.weights, {}}, x).value(), found);
    double right = 0;
    for (std::size_t i = 0; i < found.size(); ++i) right += found[i] == labels[i] ? 1 : 0;
    return right / static_cast<double>(found.size());
  }

  Index size() const { return layout_.size(); }
  std::span<const real> weights() const { return view_.weights.span(); }

 private:
  autograd::Variable forward(const nn::ParameterView& view, const Tensor& x) {
    autograd::Variable y(x);
    for (const auto& layer : layers_) y = layer->forward(context_, view, {&y, 1});
    return y;
  }

  Shape shape_;
  nn::ParameterLayout layout_;
  nn::ParameterView view_;
  nn::Context context_;
  std::vector<std::unique_ptr<nn::Layer>> layers_;
};

struct Samples {
  Tensor x;
  std::vector<std::int32_t> labels;
};

// Points in the square; the class is whether both coordinates have one sign.
Samples exclusive_or(Index count) {
  Random random(3, 0);
  Samples samples{Tensor({count, 2}), {}};
  for (Index row = 0; row < count; ++row) {
    real* const point = samples.x.data() + 2 * row;
    for (int axis = 0; axis < 2; ++axis) point[axis] = random.uniform(-1, 1);
    samples.labels.push_back(point[0] * point[1] > 0 ? 1 : 0);
  }
  return samples;
}

// Noisy images with one bright line: lying, standing or slanting.
Samples lines(Index count) {
  Random random(4, 0);
  Samples samples{Tensor({count, 8, 8, 1}), {}};
  for (Index image = 0; image < count; ++image) {
    const std::uint32_t kind = random.below(3);
    const Index place = static_cast<Index>(random.below(8));
    for (Index row = 0; row < 8; ++row) {
      for (Index column = 0; column < 8; ++column) {
        const bool bright = kind == 0   ? row == place
                            : kind == 1 ? column == place
                                        : (row + column) % 8 == place;
        samples.x.data()[(image * 8 + row) * 8 + column] =
            (bright ? 1 : 0) + real(0.1) * random.normal();
      }
    }
    samples.labels.push_back(static_cast<std::int32_t>(kind));
  }
  return samples;
}

// Trains for some steps; returns the accuracy afterwards.
double train(Net& net, optim::Optimizer& optimizer, const Samples& samples, int steps, real rate) {
  std::size_t allocations = 0;
  std::size_t peak = 0;
  real first = 0;
  real loss = 0;
  for (int step = 0; step < steps; ++step) {
    loss = net.train(optimizer, samples.x, samples.labels, rate);
    if (step == 0) {
      first = loss;
      allocations = Pool::mine().use().allocations;
      peak = Pool::mine().use().peak_bytes;
    }
  }
  REQUIRE(Pool::mine().use().allocations == allocations);
  REQUIRE(Pool::mine().use().peak_bytes == peak);
  REQUIRE(loss < first / 3);
  return net.accuracy(samples.x, samples.labels);
}

}  // namespace

TEST_CASE("a small dense net learns the exclusive or and allocates in its first step only") {
  const Samples samples = exclusive_or(200);
  Net net({2});
  net.add(nn::Dense({.units = 16}));
  net.add(nn::Elementwise(relu));
  net.add(nn::Dense({.units = 2}));
  net.start();
  optim::AdamW adamw(net.size(), {});
  REQUIRE(train(net, adamw, samples, 200, real(0.03)) >= 0.97);
}

TEST_CASE("a small convolutional net learns lines and allocates in its first step only") {
  const Samples samples = lines(60);
  const auto build = [](Net& net) {
    net.add(nn::Conv2d({.filters = 6, .kernel = {3, 3}, .padding = {1, 1}}));
    net.add(nn::Elementwise(relu));
    net.add(nn::Pool2d(nn::Pool2d::Kind::kMax, {}));
    net.add(nn::Conv2d({.filters = 8, .kernel = {3, 3}, .padding = {1, 1}}));
    net.add(nn::Elementwise(relu));
    net.add(nn::Flatten());
    net.add(nn::Dropout(real(0.1)));
    net.add(nn::Dense({.units = 3}));
    net.start();
  };
  std::vector<real> weights;
  for (int run = 0; run < 2; ++run) {
    Net net({8, 8, 1});
    build(net);
    optim::Sgd sgd(net.size(), {.momentum = 0.9});
    REQUIRE(train(net, sgd, samples, 60, real(0.05)) >= 0.95);
    // The same seed gives the same bits.
    if (run == 0) {
      weights.assign(net.weights().begin(), net.weights().end());
    } else {
      REQUIRE(std::equal(weights.begin(), weights.end(), net.weights().begin()));
    }
  }
}

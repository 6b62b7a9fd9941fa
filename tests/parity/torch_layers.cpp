#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "model/outputs.h"
#include "parity/torch_dump.h"
#include "task/layer_kinds.h"

// Layers and random models of them against PyTorch: results in training and outside, loss, the
// gradients of all weights and of the input, running statistics.
namespace {

using namespace deai;
using parity::TorchDump;
using tensor::Tensor;

// Of the largest number of each tensor. PyTorch computed in double; files hold floats.
constexpr double kMost = 1e-5;
// A gradient is at least this share of the largest one of the model, or measured as if it were.
constexpr double kSmall = 0.1;

class Trial {
 public:
  Trial(const TorchDump& dump, const std::string& name, const std::string& description)
      : dump_(dump), name_(name), model_(parity::task_of(description)) {
    parity::load(model_, dump, name, "weights/");
  }

  void check() {
    const Tensor x = dump_.tensor(name_, "inputs");
    nn::Context judging;
    compare("judged",
            model_.forward(judging, model_.judged(), autograd::Variable(x)).value().span());
    nn::Context context;
    context.training = true;
    const autograd::Variable input = context.tape.input(x);
    const autograd::Variable outputs = model_.forward(context, model_.trainable(), input);
    compare("outputs", outputs.value().span());
    std::vector<std::int32_t> classes;
    for (const real label : dump_.tensor(name_, "labels").span()) {
      classes.push_back(static_cast<std::int32_t>(label));
    }
    const autograd::Variable loss =
        model::loss(context, task::Loss::kSoftmaxCrossEntropy, outputs, {classes, {}});
    compare("loss", loss.value().span());
    context.tape.backward(loss);
    if (dump_.tensor(name_, "input_gradient")) {  // not of tokens
      compare("input_gradient", input.gradient()->tensor().span());
    }
    check_gradients();
    for (const auto& [buffer, value] : dump_.tensors(name_, "after/")) {
      compare("after/" + buffer, part(std::as_const(model_).weights(), buffer));
    }
  }
  double largest() const { return largest_; }

 private:
  std::span<const real> part(std::span<const real> flat, std::string_view parameter) const {
    const auto all = model_.parameters();
    const auto found = std::ranges::find(all, parameter, &nn::Parameter::name);
    REQUIRE(found != all.end());
    return flat.subspan(static_cast<std::size_t>(found->offset),
                        static_cast<std::size_t>(found->shape.size()));
  }
  void check_gradients() {
    std::size_t numbers = 0;
    const auto gradients = dump_.tensors(name_, "gradients/");
    double most = 0;
    for (const auto& [parameter, value] : gradients) {
      most = std::max(most, parity::largest(value.span()));
    }
    for (const auto& [parameter, value] : gradients) {
      // Some are 0 but for rounding (a bias before batch norm): the largest one measures those.
      const bool none = parity::largest(value.span()) < 1e-6 * most;
      compare("gradients/" + parameter, part(model_.gradients(), parameter),
              none ? most : kSmall * most);
      numbers += value.span().size();
    }
    CHECK(numbers == model_.gradients().size());  // none is missing
  }
  void compare(const std::string& what, std::span<const real> found, double scale = 1e-30) {
    const double apart = parity::distance(found, dump_.tensor(name_, what).span(), scale);
    INFO(what);
    CHECK(apart <= kMost);
    largest_ = std::max(largest_, apart);
  }

  const TorchDump& dump_;
  std::string name_;
  model::Model model_;
  double largest_ = 0;
};

double check_all(const TorchDump& dump) {
  double largest = 0;
  for (const auto& [name, description] : dump.cases()) {
    INFO(name << ' ' << description);
    Trial trial(dump, name, description);
    trial.check();
    largest = std::max(largest, trial.largest());
  }
  return largest;
}

}  // namespace

TEST_CASE("every layer agrees with PyTorch") {
  const TorchDump dump("layers");
  CHECK(dump.cases().size() > 80);
  const double largest = check_all(dump);
  INFO("largest difference " << largest);
  CHECK(largest <= kMost);
  // Random draws cannot be compared; every other kind is.
  for (const task::LayerKind& kind : task::layer_kinds()) {
    if (kind.name == "dropout") continue;
    INFO(kind.name);
    const std::string wanted = "\"kind\":\"" + std::string(kind.name) + "\"";
    CHECK(std::ranges::any_of(dump.cases(), [&](const auto& each) {
      return each.second.find(wanted) != std::string::npos;
    }));
  }
}

TEST_CASE("random models of many layers agree with PyTorch") {
  const TorchDump dump("models");
  CHECK(dump.cases().size() == 24);
  const double largest = check_all(dump);
  INFO("largest difference " << largest);
  CHECK(largest <= kMost);
}

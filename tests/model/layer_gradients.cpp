#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "model/layers.h"
#include "ops/gradient_check.h"
#include "task/layer_kinds.h"

// Every layer that task.json can name, with random settings and shapes: its result has the shape
// that bind() announced, and the gradients of all weights and inputs are those of the differences
// (which only doubles can tell). A kind without a row here fails.
namespace {

using namespace deai;
using ops::test::random_tensor;
using ops::test::spread_tensor;
using Setting = task::Layer::Setting;

struct Case {
  std::vector<Setting> settings;
  std::vector<Shape> inputs;  // of one sample
  Index tokens = 0;           // inputs are whole numbers below it; 0: any numbers
};

Index draw(Random& random, Index low, Index high) {
  return low + static_cast<Index>(random.below(static_cast<std::uint32_t>(high - low + 1)));
}

double draw_number(Random& random, Index low, Index high) {
  return static_cast<double>(draw(random, low, high));
}

Shape any_shape(Random& random) {
  std::array<Index, 3> extents{draw(random, 1, 4), draw(random, 1, 3), draw(random, 1, 5)};
  return Shape(std::span<const Index>(extents).first(static_cast<std::size_t>(draw(random, 1, 3))));
}

Shape row(Random& random) {
  const Index width = draw(random, 1, 6);
  return random.below(2) == 0 ? Shape{width} : Shape{draw(random, 1, 4), width};
}

Shape image(Random& random, Index channels) {
  return {draw(random, 5, 7), draw(random, 5, 7), channels};
}

std::vector<Setting> attention(Random& random) {
  const Index heads = std::array<Index, 3>{1, 2, 4}[random.below(3)];
  return {{"heads", static_cast<double>(heads)},
          {"kv_heads", heads == 4 ? 2.0 : 1.0},
          {"causal", draw_number(random, 0, 1)},
          {"rotary", draw_number(random, 0, 1)},
          {"bias", draw_number(random, 0, 1)}};
}

// A batch and the weights of a layer, both random, and the gradients by the rules.
struct Trial {
  Trial(std::string_view kind, const Case& drawn, bool training, Random& random)
      : layer(model::make_layer(task::make_layer(kind, drawn.settings))), training_(training) {
    nn::Binding binding{.layout = layout, .name = "it"};
    result = layer->bind(binding, drawn.inputs);
    layout.finish();
    weights = random_tensor(random, {layout.size()});
    for (const nn::Parameter& parameter : layout.parameters()) {
      if (!parameter.name.ends_with("running_var")) continue;
      for (real& value : at(parameter)) value = random.uniform(real(0.5), real(1.5));
    }
    for (const Shape& shape : drawn.inputs) {
      std::vector<Index> extents{kBatch};
      extents.insert(extents.end(), shape.extents().begin(), shape.extents().end());
      inputs.push_back(spread_tensor(random, Shape(extents)));
      if (drawn.tokens == 0) continue;
      for (real& value : inputs.back().span()) {
        value = static_cast<real>(draw(random, 0, drawn.tokens - 1));
      }
    }
  }

  std::span<real> at(const nn::Parameter& parameter) {
    return weights.span().subspan(static_cast<std::size_t>(parameter.offset),
                                  static_cast<std::size_t>(parameter.shape.size()));
  }
  autograd::Variable run(nn::Context& context, const nn::ParameterView& view,
                         std::span<const autograd::Variable> given) const {
    context.training = training_;
    context.random = Random(5, 6);
    std::vector<autograd::Variable> taken(given.begin(), given.end());
    return layer->forward(context, view, taken);
  }
  // The result on a fixed direction.
  double project() const {
    nn::Context context;
    std::vector<autograd::Variable> constants(inputs.begin(), inputs.end());
    const autograd::Variable y = run(context, {&layout, weights, {}}, constants);
    REQUIRE_FALSE(y.needs_gradient());
    return ops::test::detail::project(y.value(), direction);
  }
  void backward(Random& random) {
    nn::Context context;
    gradients = tensor::Tensor::zeros({layout.trained_size()});
    std::vector<autograd::Variable> variables;
    for (const tensor::Tensor& input : inputs) variables.push_back(context.tape.input(input));
    const autograd::Variable y = run(context, {&layout, weights, gradients}, variables);
    direction = random_tensor(random, y.shape());
    std::vector<Index> extents{kBatch};
    extents.insert(extents.end(), result.extents().begin(), result.extents().end());
    REQUIRE(y.shape() == Shape(extents));
    context.tape.backward(y, direction);
    for (const autograd::Variable& variable : variables) {
      input_gradients.push_back(variable.gradient()->tensor());
    }
  }
  // Element by element against central differences.
  void check(std::span<real> elements, std::span<const real> rule, std::string_view what) const {
    REQUIRE(rule.size() == elements.size());
    for (std::size_t place = 0; place < elements.size(); ++place) {
      INFO(what << " element " << place);
      REQUIRE(std::isfinite(rule[place]));
      if constexpr (sizeof(real) == 8) {
        constexpr real kStep = real(1e-5);
        const real middle = elements[place];
        elements[place] = middle + kStep;
        const double above = project();
        elements[place] = middle - kStep;
        const double below = project();
        elements[place] = middle;
        const double numeric = (above - below) / (2 * static_cast<double>(kStep));
        const double found = static_cast<double>(rule[place]);
        INFO("rule " << found << ", numeric " << numeric);
        REQUIRE(std::abs(found - numeric) <= 1e-7 * std::max(1.0, std::abs(numeric)));
      }
    }
  }

  static constexpr Index kBatch = 3;
  std::unique_ptr<nn::Layer> layer;
  nn::ParameterLayout layout;
  Shape result;
  tensor::Tensor weights, gradients, direction;
  std::vector<tensor::Tensor> inputs, input_gradients;

 private:
  bool training_;
};

struct Row {
  std::string_view kind;
  Case (*draw)(Random& random);
};

constexpr Row kRows[] = {
    {"dense",
     [](Random& r) {
       const Case plain{{{"units", draw_number(r, 1, 5)}, {"bias", draw_number(r, 0, 1)}},
                        {row(r)}};
       if (r.below(2) == 0) return plain;
       return Case{{{"units", 4}, {"lora_rank", draw_number(r, 1, 3)}, {"lora_alpha", 2.5}},
                   {{draw(r, 1, 3), 5}}};
     }},
    {"conv2d",
     [](Random& r) {
       const Index groups = draw(r, 1, 3);
       return Case{{{"filters", static_cast<double>(groups * draw(r, 1, 3))},
                    {"kernel", draw_number(r, 1, 3)},
                    {"stride", draw_number(r, 1, 2)},
                    {"padding", draw_number(r, 0, 2)},
                    {"dilation", draw_number(r, 1, 2)},
                    {"groups", static_cast<double>(groups)},
                    {"bias", draw_number(r, 0, 1)}},
                   {image(r, groups * draw(r, 1, 3))}};
     }},
    {"depthwise_conv2d",
     [](Random& r) {
       return Case{{{"kernel", draw_number(r, 1, 3)},
                    {"stride", draw_number(r, 1, 2)},
                    {"padding", draw_number(r, 0, 2)},
                    {"multiplier", draw_number(r, 1, 3)}},
                   {image(r, draw(r, 1, 4))}};
     }},
    {"separable_conv2d",
     [](Random& r) {
       return Case{{{"filters", draw_number(r, 1, 4)},
                    {"kernel", draw_number(r, 1, 3)},
                    {"stride", draw_number(r, 1, 2)},
                    {"padding", draw_number(r, 0, 2)},
                    {"bias", draw_number(r, 0, 1)}},
                   {image(r, draw(r, 1, 4))}};
     }},
    {"conv_transpose2d",
     [](Random& r) {
       const Index groups = draw(r, 1, 2);
       const Index stride = draw(r, 1, 3);
       return Case{{{"filters", static_cast<double>(groups * draw(r, 1, 3))},
                    {"kernel", draw_number(r, 1, 3)},
                    {"stride", static_cast<double>(stride)},
                    {"padding", draw_number(r, 0, 2)},
                    {"output_padding", static_cast<double>(draw(r, 0, stride - 1))},
                    {"dilation", draw_number(r, 1, 2)},
                    {"groups", static_cast<double>(groups)},
                    {"bias", draw_number(r, 0, 1)}},
                   {image(r, groups * draw(r, 1, 3))}};
     }},
    {"residual_block",
     [](Random& r) {
       return Case{{{"filters", static_cast<double>(2 * draw(r, 1, 2))},
                    {"stride", draw_number(r, 1, 2)},
                    {"norm", draw_number(r, 0, 2)},
                    {"groups", 2},
                    {"activation", draw_number(r, 0, 2)}},
                   {image(r, 2)}};
     }},
    {"inverted_residual",
     [](Random& r) {
       return Case{{{"filters", static_cast<double>(2 * draw(r, 1, 2))},
                    {"stride", draw_number(r, 1, 2)},
                    {"expand", draw_number(r, 1, 3)},
                    {"norm", draw_number(r, 0, 2)},
                    {"groups", 2},
                    {"activation", draw_number(r, 0, 2)}},
                   {image(r, 2)}};
     }},
    {"embedding",
     [](Random& r) { return Case{{{"tokens", 5}, {"width", draw_number(r, 1, 3)}}, {row(r)}, 5}; }},
    {"positional_embedding", [](Random& r) { return Case{{}, {{draw(r, 1, 4), draw(r, 1, 4)}}}; }},
    {"attention",
     [](Random& r) {
       Case out{attention(r), {{draw(r, 1, 5), 8}}};
       out.settings.push_back({"lora_rank", draw_number(r, 0, 2)});
       return out;
     }},
    {"transformer_block",
     [](Random& r) {
       Case out{attention(r), {{draw(r, 1, 4), 8}}};
       out.settings.push_back({"mlp", draw_number(r, 0, 3)});
       // Without relu, whose kink the differences may cross.
       out.settings.push_back({"activation", draw_number(r, 0, 1)});
       out.settings.push_back({"norm", draw_number(r, 0, 1)});
       out.settings.push_back({"epsilon", 0.1});
       out.settings.push_back({"dropout", 0.25 * draw_number(r, 0, 1)});
       out.settings.push_back({"lora_rank", draw_number(r, 0, 1)});
       return out;
     }},
    {"gru",
     [](Random& r) {
       return Case{{{"units", draw_number(r, 1, 6)}, {"returns", draw_number(r, 0, 1)}},
                   {{draw(r, 1, 4), draw(r, 1, 3)}}};
     }},
    {"lstm",
     [](Random& r) {
       return Case{{{"units", draw_number(r, 1, 6)}, {"returns", draw_number(r, 0, 1)}},
                   {{draw(r, 1, 4), draw(r, 1, 3)}}};
     }},
    {"max_pool2d",
     [](Random& r) {
       return Case{{{"size", draw_number(r, 2, 3)},
                    {"stride", draw_number(r, 1, 3)},
                    {"padding", draw_number(r, 0, 1)}},
                   {image(r, draw(r, 1, 4))}};
     }},
    {"avg_pool2d",
     [](Random& r) {
       return Case{{{"size", draw_number(r, 2, 3)},
                    {"stride", draw_number(r, 1, 3)},
                    {"padding", draw_number(r, 0, 1)}},
                   {image(r, draw(r, 1, 4))}};
     }},
    {"global_avg_pool2d", [](Random& r) { return Case{{}, {image(r, draw(r, 1, 4))}}; }},
    {"upsample2d",
     [](Random& r) {
       return Case{{{"factor", draw_number(r, 1, 3)}, {"mode", draw_number(r, 0, 1)}},
                   {{draw(r, 1, 3), draw(r, 1, 3), draw(r, 1, 4)}}};
     }},
    {"relu", [](Random& r) { return Case{{}, {any_shape(r)}}; }},
    {"leaky_relu", [](Random& r) { return Case{{{"slope", 0.1}}, {any_shape(r)}}; }},
    {"gelu",
     [](Random& r) { return Case{{{"approximate", draw_number(r, 0, 1)}}, {any_shape(r)}}; }},
    {"silu", [](Random& r) { return Case{{}, {any_shape(r)}}; }},
    {"hard_swish", [](Random& r) { return Case{{}, {any_shape(r)}}; }},
    {"sigmoid", [](Random& r) { return Case{{}, {any_shape(r)}}; }},
    {"tanh", [](Random& r) { return Case{{}, {any_shape(r)}}; }},
    {"softmax", [](Random& r) { return Case{{}, {any_shape(r)}}; }},
    {"scale", [](Random& r) { return Case{{{"factor", -1.5}}, {any_shape(r)}}; }},
    {"layer_norm", [](Random& r) { return Case{{{"epsilon", 0.1}}, {any_shape(r)}}; }},
    {"rms_norm", [](Random& r) { return Case{{{"epsilon", 0.1}}, {any_shape(r)}}; }},
    {"group_norm",
     [](Random& r) {
       const Index groups = draw(r, 1, 3);
       return Case{{{"groups", static_cast<double>(groups)}, {"epsilon", 0.1}},
                   {image(r, groups * draw(r, 1, 2))}};
     }},
    {"batch_norm", [](Random& r) { return Case{{{"epsilon", 0.1}}, {any_shape(r)}}; }},
    {"dropout", [](Random& r) { return Case{{{"rate", 0.4}}, {any_shape(r)}}; }},
    {"flatten", [](Random& r) { return Case{{}, {any_shape(r)}}; }},
    {"reshape",
     [](Random& r) {
       const Index extra = draw(r, 1, 2);
       return Case{{{"channels", 2}, {"width", 3}, {"height", static_cast<double>(extra)}},
                   {{3, 2 * extra}}};
     }},
    {"slice",
     [](Random& r) {
       const Index first = draw(r, 0, 3);
       return Case{{{"first", static_cast<double>(first)}, {"count", draw_number(r, 1, 2)}},
                   {{2, first + draw(r, 2, 3)}}};
     }},
    {"add",
     [](Random& r) {
       const Shape shape = any_shape(r);
       return Case{{}, std::vector<Shape>(static_cast<std::size_t>(draw(r, 2, 4)), shape)};
     }},
    {"multiply",
     [](Random& r) {
       const Shape shape = any_shape(r);
       return Case{{}, std::vector<Shape>(static_cast<std::size_t>(draw(r, 2, 4)), shape)};
     }},
    {"concat",
     [](Random& r) {
       const Index width = draw(r, 1, 3);
       return Case{{}, {{2, width, draw(r, 1, 3)}, {2, width, draw(r, 1, 3)}, {2, width, 1}}};
     }},
};

}  // namespace

TEST_CASE("every layer of the table: shapes, and gradients by differences") {
  constexpr int kDraws = 8;
  for (const task::LayerKind& kind : task::layer_kinds()) {
    INFO(kind.name);
    const Row* found = nullptr;
    for (const Row& one : kRows) {
      if (one.kind == kind.name) found = &one;
    }
    REQUIRE(found != nullptr);
    Random random(7, 77);
    for (int time = 0; time < 2 * kDraws; ++time) {
      const Case drawn = found->draw(random);
      std::string settings;
      for (const Setting& one : drawn.settings) {
        settings += text(one.name, "=", one.value, " ");
      }
      INFO(settings << drawn.inputs.front().to_string());
      Trial trial(kind.name, drawn, time % 2 == 0, random);
      trial.backward(random);
      const std::size_t inputs = drawn.tokens == 0 ? trial.inputs.size() : 0;
      for (std::size_t input = 0; input < inputs; ++input) {
        trial.check(trial.inputs[input].span(), trial.input_gradients[input].span(), "input");
      }
      for (const nn::Parameter& parameter : trial.layout.parameters()) {
        if (parameter.section != nn::Section::kTrained) continue;
        trial.check(
            trial.at(parameter),
            trial.gradients.span().subspan(static_cast<std::size_t>(parameter.offset),
                                           static_cast<std::size_t>(parameter.shape.size())),
            parameter.name);
      }
    }
  }
}

#include <algorithm>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "model/layers.h"
#include "task/layer_kinds.h"

// A stranger's task.json may have any settings within their bounds, on any input: a layer is bound
// to a shape with numbers in it, or refused by an error that says why; never anything else (the
// build with sanitizers looks for overflows).
namespace {

using namespace deai;
using task::SettingRule;

double draw(Random& random, const SettingRule& rule) {
  if (rule.type == SettingRule::Type::kWord) {
    return random.below(static_cast<std::uint32_t>(rule.words.size()));
  }
  const std::uint32_t way = random.below(8);
  if (way == 0) return rule.low;
  if (way == 1) return rule.high;
  if (rule.type == SettingRule::Type::kNumber) return (rule.low + rule.high) / 2;
  const double most = way < 6 ? std::min(rule.high, rule.low + 5) : rule.high;
  return rule.low + random.below(static_cast<std::uint32_t>(most - rule.low) + 1);
}

Shape draw_shape(Random& random) {
  constexpr Index kExtents[] = {1, 2, 3, 4, 8, 60, 1 << 13, 1 << 25};
  std::vector<Index> extents(1 + random.below(4));
  for (Index& extent : extents) {
    extent = kExtents[random.below(random.below(4) == 0 ? std::size(kExtents) : 6)];
  }
  double size = 1;
  for (const Index extent : extents) size *= static_cast<double>(extent);
  return size > 1 << 26 ? Shape{3, 4, 5} : Shape(extents);
}

}  // namespace

TEST_CASE("any settings on any input are bound or refused") {
  Random random(13, 31);
  std::vector<int> bound(task::layer_kinds().size());
  for (std::size_t number = 0; number < bound.size(); ++number) {
    const task::LayerKind& kind = task::layer_kinds()[number];
    INFO(kind.name);
    for (int time = 0; time < 1500; ++time) {
      task::Layer layer = task::make_layer(kind.name);
      for (std::size_t place = 0; place < layer.settings.size(); ++place) {
        layer.settings[place].value = draw(random, kind.settings[place]);
      }
      std::vector<Shape> inputs(kind.fewest_inputs, draw_shape(random));
      while (inputs.size() < kind.most_inputs && random.below(2) == 0) {
        inputs.push_back(random.below(2) == 0 ? inputs[0] : draw_shape(random));
      }
      nn::ParameterLayout layout;
      nn::Binding binding{.layout = layout, .name = "it", .frozen = random.below(2) == 0};
      try {
        const Shape result = model::make_layer(layer)->bind(binding, inputs);
        CHECK(result.size() >= 1);
        layout.finish();
        ++bound[number];
      } catch (const Error& error) {
        CHECK(error.code() != ErrorCode::kInternal);
        CHECK(error.text().size() < 1000);
      }
    }
    CHECK(bound[number] > 3);
  }
}

#include <string_view>
#include <vector>

#include "ops/embedding.h"
#include "ops/gradient_check.h"
#include "ops/huber.h"
#include "ops/mean.h"
#include "ops/mean_absolute_error.h"
#include "ops/mean_squared_error.h"
#include "ops/sigmoid_binary_cross_entropy.h"
#include "ops/softmax_cross_entropy.h"
#include "ops/sum.h"

// Gradients of the ops that no layer of task.json is made of (losses, sums, a table of rows), on
// random shapes, labels and options. tests/model/layer_gradients.cpp does so for all others.
namespace {

using namespace deai;
using namespace deai::ops::test;

std::uint32_t draw(Random& random, std::uint32_t low, std::uint32_t high) {
  return low + random.below(high - low + 1);
}

Shape draw_shape(Random& random) {
  std::vector<Index> extents(draw(random, 1, 3));
  for (Index& extent : extents) extent = static_cast<Index>(draw(random, 1, 5));
  return Shape(extents);
}

std::vector<std::int32_t> draw_labels(Random& random, Index count, std::uint32_t classes) {
  std::vector<std::int32_t> labels;
  for (Index at = 0; at < count; ++at) {
    labels.push_back(static_cast<std::int32_t>(random.below(classes)));
  }
  return labels;
}

// An op of a prediction and as many targets.
template <typename Op>
void check_regression(Random& random, Op op) {
  const Shape shape = draw_shape(random);
  // No two closer than the steps of the differences: the kinks of |x| and of Huber's function.
  const Tensor both = spread_tensor(random, {2 * shape.size()});
  const Tensor prediction = both.part(0, shape).clone();
  const Tensor target = both.part(shape.size(), shape).clone();
  check_gradients(
      [&](Context& context, const auto& in) { return op(context, in[0], target.span()); },
      {prediction});
}

void cross_entropy(Random& random) {
  const auto classes = draw(random, 1, 6);
  const auto rows = static_cast<Index>(draw(random, 1, 5));
  std::vector<std::int32_t> labels = draw_labels(random, rows, classes);
  std::vector<real> weights;
  for (std::uint32_t k = 0; k < classes; ++k) weights.push_back(random.uniform(real(0.2), 2));
  ops::CrossEntropyOptions options;
  if (random.below(2) == 0) options.label_smoothing = real(0.2);
  if (random.below(2) == 0) options.class_weights = weights;
  if (random.below(2) == 0) {
    options.ignored = -100;
    if (rows > 1) labels.back() = -100;
  }
  check_gradients(
      [&](Context& context, const auto& in) {
        return ops::softmax_cross_entropy(context, in[0], labels, options);
      },
      {random_tensor(random, {rows, static_cast<Index>(classes)}, -3, 3)});
}

struct Row {
  std::string_view name;
  void (*check)(Random& random);
};

constexpr Row kRows[] = {
    {"softmax_cross_entropy", cross_entropy},
    {"sigmoid_binary_cross_entropy",
     [](Random& random) {
       const auto rows = static_cast<Index>(draw(random, 1, 6));
       const std::vector<std::int32_t> labels = draw_labels(random, rows, 2);
       check_gradients(
           [&](Context& context, const auto& in) {
             return ops::sigmoid_binary_cross_entropy(context, in[0], labels);
           },
           {random_tensor(random, {rows, 1}, -3, 3)});
     }},
    {"mean_squared_error",
     [](Random& random) { check_regression(random, ops::mean_squared_error); }},
    {"mean_absolute_error",
     [](Random& random) { check_regression(random, ops::mean_absolute_error); }},
    {"huber",
     [](Random& random) {
       check_regression(random, [](Context& context, const Variable& x, std::span<const real> y) {
         return ops::huber(context, x, y, real(0.4321));
       });
     }},
    {"mean",
     [](Random& random) {
       check_gradients([](Context& context, const auto& in) { return ops::mean(context, in[0]); },
                       {random_tensor(random, draw_shape(random))});
     }},
    {"sum",
     [](Random& random) {
       check_gradients([](Context& context, const auto& in) { return ops::sum(context, in[0]); },
                       {random_tensor(random, draw_shape(random))});
     }},
    {"embedding",
     [](Random& random) {
       const auto rows = draw(random, 1, 6);
       Tensor places(draw_shape(random));
       for (real& place : places.span()) place = static_cast<real>(random.below(rows));
       check_gradients(
           [&](Context& context, const auto& in) { return ops::embedding(context, in[0], places); },
           {random_tensor(random,
                          {static_cast<Index>(rows), static_cast<Index>(draw(random, 1, 5))})});
     }},
};

}  // namespace

TEST_CASE("losses, sums and tables: gradients on random shapes") {
  for (const Row& row : kRows) {
    Random random(99, 1);
    for (int time = 0; time < 12; ++time) {
      INFO(row.name << " draw " << time);
      row.check(random);
    }
  }
}

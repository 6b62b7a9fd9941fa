#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "session/trainable.h"
#include "tensor/pool.h"

// What a training step may take at most: the weights, a gradient of each, and what the layers leave
// between them; 10 % for workspaces, and for what one layer's gradient needs beside.
namespace {

using namespace deai;
using task::make_layer;
using tensor::Tensor;

struct Net {
  const char* name;
  std::vector<task::Layer> layers;
  bool table;
  Index batch;
  // Numbers of one sample between the layers, the input among them; relu and flatten work in place.
  Index between;
};

task::Layer dense(double units) { return make_layer("dense", {{"units", units}}); }
task::Layer conv(double kernel, double filters) {
  return make_layer("conv2d", {{"filters", filters}, {"kernel", kernel}});
}
task::Layer relu() { return make_layer("relu"); }
task::Layer pool() { return make_layer("max_pool2d", {{"size", 2}}); }
task::Layer flatten() { return make_layer("flatten"); }

// Those of tools/bench.
std::vector<Net> nets() {
  return {
      {"titanic",
       {dense(124), relu(), dense(64), relu(), dense(32), relu(), dense(1)},
       true,
       16,
       5 + 124 + 64 + 32 + 1},
      {"mlp",
       {flatten(), dense(256), relu(), dense(128), relu(), dense(10)},
       false,
       64,
       784 + 256 + 128 + 10},
      {"lenet",
       {conv(5, 8), relu(), pool(), conv(5, 16), relu(), pool(), flatten(), dense(10)},
       false,
       64,
       784 + 24 * 24 * 8 + 12 * 12 * 8 + 8 * 8 * 16 + 4 * 4 * 16 + 10},
      {"disco_mnist",
       {conv(5, 8), relu(), conv(5, 16), relu(), pool(), flatten(), dense(32), relu(), dense(10)},
       false,
       64,
       784 + 24 * 24 * 8 + 20 * 20 * 16 + 10 * 10 * 16 + 32 + 10},
      {"cnn",
       {conv(3, 32), relu(), conv(3, 64), relu(), pool(), flatten(), dense(128), relu(), dense(10)},
       false,
       64,
       784 + 26 * 26 * 32 + 24 * 24 * 64 + 12 * 12 * 64 + 128 + 10},
  };
}

task::Task task_of(const Net& net) {
  const std::string data =
      net.table ? R"("kind":"table","columns":[
        {"kind":"number","name":"a","mean":0,"deviation":1},
        {"kind":"number","name":"b","mean":0,"deviation":1},
        {"kind":"number","name":"c","mean":0,"deviation":1},
        {"kind":"number","name":"d","mean":0,"deviation":1},
        {"kind":"number","name":"e","mean":0,"deviation":1}],
        "label_column":"y","classes":["0","1"])"
                : R"("kind":"image","height":28,"width":28,"channels":1,"mean":[0],"deviation":[1],
        "classes":["0","1","2","3","4","5","6","7","8","9"])";
  task::Task task = task::parse(
      text(R"({"deai":1,"id":"net","data":{)", data,
           R"(},"model":{"seed":1,"layers":[{"kind":"flatten"},{"kind":"dense","units":)",
           net.table ? "1" : "10", R"(}]},"loss":{"kind":")",
           net.table ? "sigmoid_binary_cross_entropy" : "softmax_cross_entropy",
           R"("},"training":{"batch_size":)", net.batch,
           R"(,"optimizer":{"kind":"sgd","learning_rate":0.01}}})"));
  task.model.layers = net.layers;
  return task;
}

}  // namespace

TEST_CASE("the most memory that a step takes is that of its weights and activations") {
  for (const Net& net : nets()) {
    tensor::Pool::mine().trim();
    const std::size_t before = tensor::Pool::mine().use().in_use_bytes;
    session::Trainable trainable(task_of(net), 1);
    const std::vector<real> start(trainable.model().weights().size());
    std::ranges::copy(start, trainable.new_weights(start.size()).begin());
    for (int step = 0; step < 3; ++step) {
      Tensor x(trainable.batch_shape(
          static_cast<std::size_t>(net.batch * trainable.model().input_shape().size())));
      x.fill(real(0.5));
      const std::vector<std::int32_t> labels(static_cast<std::size_t>(net.batch));
      trainable.train_batch(x, {labels, {}});
    }
    const auto weights = static_cast<Index>(start.size());
    const auto fair = static_cast<double>(2 * weights + net.batch * net.between) * sizeof(real);
    const auto peak = static_cast<double>(trainable.memory().peak_bytes - before);
    INFO(net.name << ": " << peak / fair);
    CHECK(peak <= 1.1 * fair);
    CHECK(peak > 0.8 * fair);
  }
}

#include "data/dataset.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

#include "support/cells.h"
#include "support/errors.h"

namespace {

using namespace deai;
using data::Dataset;
using data::Labels;
using support::error_of;

task::Task pictures() {
  task::ImageData image;
  image.height = 1;
  image.width = 2;
  image.channels = 3;
  image.mean = {0, 0.5, 1};
  image.deviation = {1, 0.5, 0.25};
  task::Task task;
  task.data.input = image;
  task.data.classes = {"cat", "dog"};
  return task;
}

task::Task numbers() {
  task::TableData table;
  table.columns.push_back(task::NumberColumn{"a", 0, 1, {}});
  table.columns.push_back(task::NumberColumn{"b", 0, 1, {}});
  table.label_column = "c";
  task::Task task;
  task.data.input = table;
  task.loss = task::Loss::kMeanSquaredError;
  return task;
}

}  // namespace

TEST_CASE("pictures are normalised per channel when they are read") {
  const task::Task task = pictures();
  Dataset set(task);
  const Bytes pixels{0, 0, 0, 255, 255, 255, 51, 51, 51, 102, 153, 204};
  const std::vector<std::uint32_t> labels{1, 0};
  CHECK(set.add_images("a.png", pixels, labels, Labels::kNeeded) == 2);
  CHECK(set.count() == 2);
  CHECK(set.input_shape() == Shape{1, 2, 3});

  data::Batch batch;
  set.read(std::vector<std::uint32_t>{1, 0}, batch);
  CHECK(batch.inputs.shape() == Shape{2, 1, 2, 3});
  const std::vector<double> expected{0.2, -0.6, -3.2, 0.4, 0.2, -0.8, 0, -1, -4, 1, 1, 0};
  for (std::size_t at = 0; at < expected.size(); ++at) {
    INFO(at);
    CHECK(std::abs(static_cast<double>(batch.inputs.span()[at]) - expected[at]) < 1e-6);
  }
  CHECK(batch.classes == std::vector<std::int32_t>{0, 1});
  CHECK(batch.numbers.empty());
}

TEST_CASE("pictures are altered only where they are learnt from") {
  task::Task task = pictures();
  std::get<task::ImageData>(task.data.input).augment.flip = true;
  Dataset set(task);
  set.add_images("a.png", Bytes{0, 0, 0, 255, 255, 255}, std::vector<std::uint32_t>{1},
                 Labels::kNeeded);
  set.add_dense("x", std::vector<float>{1, 2, 3, 4, 5, 6}, std::vector<float>{0}, Labels::kNeeded);
  const std::vector<std::uint32_t> rows{0, 1};
  const auto first = [&](const data::Learnt& learnt) {
    data::Batch batch;
    set.read(rows, batch, learnt);
    CHECK(batch.inputs.data()[6] == 1);
    CHECK(batch.classes == std::vector<std::int32_t>{1, 0});
    return batch.inputs.data()[0];
  };
  int flipped = 0;
  for (std::uint64_t epoch = 1; epoch <= 40; ++epoch) {
    const std::vector<std::uint64_t> epochs{epoch, epoch};
    flipped += first({1, epochs}) == 1 ? 1 : 0;
    CHECK(first({}) == 0);
  }
  CHECK(flipped > 10);
  CHECK(flipped < 30);
}

TEST_CASE("pictures come before ready inputs, each in the order in which they came") {
  const task::Task task = pictures();
  Dataset set(task);
  set.add_dense("x", std::vector<float>{1, 2, 3, 4, 5, 6}, std::vector<float>{1}, Labels::kNeeded);
  set.add_images("y", Bytes(6, 0), std::vector<std::uint32_t>{0}, Labels::kNeeded);
  data::Batch batch;
  set.read(std::vector<std::uint32_t>{0, 1}, batch);
  CHECK(batch.inputs.data()[0] == 0);
  CHECK(batch.inputs.data()[6] == 1);
  CHECK(batch.inputs.data()[11] == 6);
  CHECK(batch.classes == std::vector<std::int32_t>{0, 1});
}

TEST_CASE("refused samples add nothing") {
  const task::Task task = pictures();
  Dataset set(task);
  const auto add = [&](std::size_t bytes, std::vector<std::uint32_t> labels) {
    return error_of([&] { set.add_images("a.png", Bytes(bytes), labels, Labels::kNeeded); });
  };
  CHECK(add(7, {0}) ==
        "data: a.png: 7 bytes and 1 labels, expected 6 bytes ([1, 2, 3]) for each label");
  CHECK_FALSE(add(12, {0}).empty());
  CHECK(add(12, {0, 2}) ==
        "data: a.png, sample 2: the label is 2, expected a whole number from 0 to 1");
  CHECK(error_of([&] { set.add_table("t.csv", support::cells_of("a"), Labels::kNeeded); }) ==
        "data: t.csv: is a table, but the task learns from images");
  const float inf = std::numeric_limits<float>::infinity();
  CHECK(error_of([&] {
          set.add_dense("d", std::vector<float>{1, 2, 3, 4, inf, 6}, std::vector<float>{0},
                        Labels::kNeeded);
        }) == "data: d, sample 1: input 4 is inf, expected a number");
  CHECK(error_of([&] {
          set.add_dense("d", std::vector<float>(6), std::vector<float>{0.5f}, Labels::kNeeded);
        }) == "data: d, sample 1: the label is 0.5, expected a whole number from 0 to 1");
  CHECK(set.count() == 0);
}

TEST_CASE("tables are added and read; labels may be ignored") {
  const task::Task task = numbers();
  Dataset set(task);
  CHECK(set.add_table("t.csv", support::cells_of("a,b,c\n1,2,3\n4,5,6"), Labels::kNeeded) == 2);
  CHECK(set.add_table("t.csv", support::cells_of("b,a\n8,7"), Labels::kIgnored) == 1);
  data::Batch batch;
  set.read(std::vector<std::uint32_t>{2, 0, 1}, batch);
  const auto inputs = batch.inputs.span();
  CHECK(std::vector<real>(inputs.begin(), inputs.end()) == std::vector<real>{7, 8, 1, 2, 4, 5});
  CHECK(batch.numbers == std::vector<real>{0, 3, 6});
  CHECK(batch.classes.empty());
  const real* const place = batch.inputs.data();
  set.read(std::vector<std::uint32_t>{0, 0, 0}, batch);
  CHECK(batch.inputs.data() == place);
  CHECK(error_of([&] {
          set.add_images("a.png", Bytes(2), std::vector<std::uint32_t>{0}, Labels::kNeeded);
        }) == "data: a.png: is an image, but the task learns from tables");

  const std::size_t full = set.memory_bytes();
  CHECK(full >= 9 * sizeof(float));
  set.clear();
  CHECK(set.count() == 0);
  CHECK(set.memory_bytes() == 0);
}

#include "autograd/profiler.h"

#include <catch2/catch_test_macros.hpp>

#include "autograd/tape.h"
#include "base/error.h"

namespace {

using namespace deai;
using autograd::Profiler;
using autograd::Tape;
using autograd::Variable;
using tensor::Tensor;

double time_now = 0;
// Each look at it takes a millisecond, so the whole is how often it was looked at.
double counting_clock() { return time_now += 1; }
double standing_clock() { return time_now; }

const std::vector<std::string> kNames{"first", "second", "optimizer"};

double sum(const Profiler& profiler) {
  double all = 0;
  for (const Profiler::Row& row : profiler.rows()) all += row.forward_ms + row.backward_ms;
  return all;
}

// y = 2·x, which takes `forward` milliseconds and `backward` more on its way back.
Variable twice(Tape& tape, const Variable& x, double forward, double backward) {
  time_now += forward;
  return tape.record(Tensor::scalar(2 * x.value().item()),
                     [dx = x.gradient(), backward](const Tensor& dy) {
                       time_now += backward;
                       const auto [data, accumulate] = dx->target();
                       data[0] = 2 * dy.item() + (accumulate ? data[0] : 0);
                     });
}

// Two layers, of which the first is two ops, and what comes after them.
void step(Tape& tape) {
  const Variable x = tape.input(Tensor::scalar(1));
  Variable y = x;
  {
    const Profiler::Scope scope(tape.profiler(), 0);
    y = twice(tape, twice(tape, y, 1, 10), 2, 20);
  }
  {
    const Profiler::Scope scope(tape.profiler(), 1);
    y = twice(tape, y, 4, 40);
  }
  time_now += 1000;
  y = twice(tape, y, 100, 7);
  tape.backward(y);
  REQUIRE(x.gradient()->tensor().item() == 16);
  tape.reset();
  const Profiler::Scope scope(tape.profiler(), 2);
  time_now += 500;
}

}  // namespace

TEST_CASE("a profile says what each section took, forward and backward") {
  Profiler profiler(standing_clock, kNames);
  Tape tape;
  tape.set_profiler(&profiler);
  step(tape);  // not counted
  for (const Profiler::Row& row : profiler.rows()) REQUIRE(row.forward_ms + row.backward_ms == 0);
  profiler.start();
  step(tape);
  step(tape);
  profiler.stop();
  time_now += 9000;
  step(tape);
  const std::vector<Profiler::Row>& rows = profiler.rows();
  REQUIRE(rows.size() == 4);
  REQUIRE(rows[0].name == "first");
  REQUIRE(rows[0].forward_ms == 2 * 3);
  REQUIRE(rows[0].backward_ms == 2 * 30);
  REQUIRE(rows[1].forward_ms == 2 * 4);
  REQUIRE(rows[1].backward_ms == 2 * 40);
  REQUIRE(rows[2].name == "optimizer");
  REQUIRE(rows[2].forward_ms == 2 * 500);
  REQUIRE(rows[2].backward_ms == 0);
  REQUIRE(rows[3].name == "other");
  REQUIRE(rows[3].forward_ms == 2 * 1100);
  REQUIRE(rows[3].backward_ms == 2 * 7);
  for (std::size_t row = 0; row < 3; ++row) REQUIRE(rows[row].calls == 2);
}

TEST_CASE("the parts of a profile sum up to the whole") {
  Profiler profiler(counting_clock, kNames);
  Tape tape;
  tape.set_profiler(&profiler);
  const double begin = time_now;
  profiler.start();
  for (int time = 0; time < 3; ++time) {
    step(tape);
    // A section within another one, and one that an error leaves.
    const Profiler::Scope outer(&profiler, 1);
    try {
      const Profiler::Scope inner(&profiler, 0);
      throw 1;
    } catch (int) {
      REQUIRE(profiler.place().section == 1);
    }
  }
  profiler.stop();
  REQUIRE(profiler.place().section == 3);
  // start's own look is where the whole begins.
  REQUIRE(sum(profiler) == time_now - begin - 1);
}

TEST_CASE("without a profiler nothing is measured, and an unknown section is refused") {
  Tape tape;
  step(tape);
  Profiler profiler(counting_clock, kNames);
  REQUIRE_THROWS_AS(Profiler::Scope(&profiler, 4), Error);
  REQUIRE_THROWS_AS(Profiler::Scope(&profiler, -1), Error);
}

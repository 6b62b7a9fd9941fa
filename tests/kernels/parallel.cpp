#include "kernels/parallel.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace {

using namespace deai;
using kernels::kHasThreads;
using kernels::parallel_for;
using kernels::set_threads;
using kernels::threads;

// Leaves one thread behind, whatever a test did.
struct Threads {
  explicit Threads(Index count) { set_threads(count); }
  ~Threads() { set_threads(1); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
};

std::vector<Index> thread_counts() {
  return kHasThreads ? std::vector<Index>{1, 2, 3} : std::vector<Index>{1};
}

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

}  // namespace

TEST_CASE("parallel_for calls the body once for every index") {
  for (const Index count : thread_counts()) {
    const Threads set(count);
    REQUIRE(threads() == count);
    for (const Index size : {0, 1, 2, 3, 7, 1000}) {
      std::vector<std::atomic<int>> calls(at(size));
      std::atomic<bool> worker_in_range = true;
      parallel_for(size, [&](Index index, Index worker) {
        calls.at(at(index)).fetch_add(1);
        if (worker < 0 || worker >= count) worker_in_range = false;
      });
      REQUIRE(worker_in_range);
      REQUIRE(std::all_of(calls.begin(), calls.end(), [](const auto& n) { return n == 1; }));
    }
  }
}

TEST_CASE("parallel_for: the indices of one worker run one after the other") {
  for (const Index count : thread_counts()) {
    const Threads set(count);
    std::array<std::atomic<int>, kernels::kMostThreads> inside{};
    std::atomic<int> collisions = 0;
    std::array<Index, kernels::kMostThreads> workspace{};  // a race here is seen by ThreadSanitizer
    for (int round = 0; round < 20; ++round) {
      parallel_for(200, [&](Index, Index worker) {
        if (inside[at(worker)].fetch_add(1) != 0) ++collisions;
        ++workspace[at(worker)];
        inside[at(worker)].fetch_sub(1);
      });
    }
    REQUIRE(collisions == 0);
    Index sum = 0;
    for (const Index part : workspace) sum += part;
    REQUIRE(sum == 20 * 200);
  }
}

TEST_CASE("parallel_for uses all its threads") {
  if (!kHasThreads) return;
  const Threads set(3);
  // Each body waits until all three have begun, which no two threads could bring about.
  std::atomic<int> begun = 0;
  std::array<std::atomic<int>, 3> calls{};
  parallel_for(3, [&](Index, Index worker) {
    ++begun;
    while (begun < 3) {
    }
    ++calls[at(worker)];
  });
  for (const auto& count : calls) REQUIRE(count == 1);
}

TEST_CASE("parallel_for within parallel_for is a plain loop of the same worker") {
  for (const Index count : thread_counts()) {
    const Threads set(count);
    std::vector<int> calls(30 * 5);  // plain ints: one thread each
    std::atomic<bool> same_worker = true, in_order = true;
    parallel_for(30, [&](Index outer, Index worker) {
      Index next = 0;
      parallel_for(5, [&](Index inner, Index inner_worker) {
        if (inner_worker != worker) same_worker = false;
        if (inner != next++) in_order = false;
        ++calls[at(outer * 5 + inner)];
      });
    });
    REQUIRE(same_worker);
    REQUIRE(in_order);
    REQUIRE(std::all_of(calls.begin(), calls.end(), [](int n) { return n == 1; }));
    // The outer call is over: the next one is shared again.
    std::atomic<Index> sum = 0;
    parallel_for(10, [&](Index index, Index) { sum += index; });
    REQUIRE(sum == 45);
  }
}

TEST_CASE("parallel_for: results do not depend on the number of threads") {
  // Blocks of a sum, each in its own place, added up by the caller in their order: the way kernels
  // that reduce have to go.
  constexpr Index kBlocks = 37, kSize = 1009;
  std::vector<float> x(at(kBlocks * kSize));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
  const auto total = [&] {
    std::vector<float> sums(at(kBlocks));
    parallel_for(kBlocks, [&](Index block, Index) {
      float sum = 0;
      for (Index i = block * kSize; i < (block + 1) * kSize; ++i) sum += x[at(i)];
      sums[at(block)] = sum;
    });
    float sum = 0;
    for (const float part : sums) sum += part;
    return sum;
  };
  const float expected = total();
  for (const Index count : thread_counts()) {
    const Threads set(count);
    for (int repeat = 0; repeat < 20; ++repeat) REQUIRE(total() == expected);
  }
}

TEST_CASE("set_threads changes the number, and refuses what cannot be") {
  REQUIRE(threads() == 1);
  const Threads set(1);
  for (const Index count : {3, 2, 2, 1, 3, 1}) {
    if (!kHasThreads && count > 1) continue;
    set_threads(count);
    REQUIRE(threads() == count);
    std::atomic<Index> sum = 0;
    parallel_for(100, [&](Index index, Index) { sum += index; });
    REQUIRE(sum == 4950);
  }
  for (const Index count : {Index{0}, Index{-1}, kernels::kMostThreads + 1}) {
    REQUIRE_THROWS_AS(set_threads(count), Error);
  }
  if (!kHasThreads) REQUIRE_THROWS_AS(set_threads(2), Error);
  REQUIRE(threads() == 1);
}

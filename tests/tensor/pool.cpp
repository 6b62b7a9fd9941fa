#include "tensor/pool.h"

#include <cstdint>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "kernels/memory.h"

namespace {

using namespace deai;
using deai::tensor::Buffer;
using deai::tensor::Pool;

}  // namespace

TEST_CASE("buffers are aligned and padded") {
  Pool pool;
  std::vector<Buffer*> buffers;
  for (const Index count : {0, 1, 7, 1000, 123457}) {
    Buffer* const buffer = pool.take(count);
    REQUIRE(reinterpret_cast<std::uintptr_t>(buffer->data) %
                static_cast<std::uintptr_t>(kernels::kAlignBytes) ==
            0);
    const auto asked = static_cast<std::size_t>(count) * sizeof(real) +
                       static_cast<std::size_t>(kernels::kReadBehindBytes);
    REQUIRE(buffer->capacity_bytes >= asked);
    // One class is at most 1/32 above what was asked, small ones one alignment unit.
    REQUIRE(buffer->capacity_bytes <= asked + asked / 32 + 64);
    buffers.push_back(buffer);
  }
  for (Buffer* const buffer : buffers) pool.give_back(buffer);
}

TEST_CASE("a second round of the same sizes asks the system for nothing") {
  Pool pool;
  const auto round = [&] {
    Buffer* const a = pool.take(100);
    Buffer* const b = pool.take(5000);
    pool.give_back(a);
    Buffer* const c = pool.take(100);
    Buffer* const d = pool.take(5000);
    for (Buffer* const buffer : {b, c, d}) pool.give_back(buffer);
  };
  round();
  const auto first = pool.use();
  REQUIRE(first.allocations == 3);
  REQUIRE(first.in_use_bytes == 0);
  round();
  REQUIRE(pool.use().allocations == first.allocations);
  REQUIRE(pool.use().held_bytes == first.held_bytes);
  REQUIRE(pool.use().peak_bytes == first.peak_bytes);
}

TEST_CASE("the peak counts what was in use at once, and can be reset") {
  Pool pool;
  Buffer* const a = pool.take(1000);
  Buffer* const b = pool.take(1000);
  const std::size_t both = pool.use().in_use_bytes;
  pool.give_back(a);
  REQUIRE(pool.use().peak_bytes == both);
  pool.reset_peak();
  REQUIRE(pool.use().peak_bytes == both / 2);
  pool.give_back(b);
}

TEST_CASE("trim gives back what is not in use") {
  Pool pool;
  Buffer* const kept = pool.take(10);
  pool.give_back(pool.take(1000));
  const std::size_t used = pool.use().in_use_bytes;
  pool.trim();
  REQUIRE(pool.use().held_bytes == used);
  pool.give_back(kept);
  pool.trim();
  REQUIRE(pool.use().held_bytes == 0);
  Buffer* const again = pool.take(1000);
  pool.give_back(again);
}

TEST_CASE("a size beyond memory is refused") {
  Pool pool;
  REQUIRE_THROWS_AS(pool.take(Index{1} << 30), Error);
}

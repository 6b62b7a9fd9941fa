#include "base/random.h"

#include <utility>

#include "base/error.h"

namespace deai {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t kMultiply0 = 0xD2511F53u;
  constexpr std::uint64_t kMultiply1 = 0xCD9E8D57u;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9u;
  constexpr std::uint32_t kWeyl1 = 0xBB67AE85u;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiply0 * counter[0];
    const std::uint64_t product1 = kMultiply1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

std::uint32_t Random::next_u32() {
  const auto lane = static_cast<std::size_t>(position_ % 4);
  if (lane == 0) {
    const std::uint64_t block = position_ / 4;
    block_ =
        philox4x32({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                    static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                   {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
  }
  ++position_;
  return block_[lane];
}

std::uint64_t Random::next_u64() {
  const std::uint64_t low = next_u32();
  return low | (static_cast<std::uint64_t>(next_u32()) << 32);
}

std::uint32_t Random::below(std::uint32_t bound) {
  if (bound == 0) fail(ErrorCode::kArgument, "Random::below: bound must be at least 1");
  // Lemire's multiply-and-reject.
  const std::uint32_t threshold = (0u - bound) % bound;
  for (;;) {
    const std::uint64_t product = static_cast<std::uint64_t>(next_u32()) * bound;
    if (static_cast<std::uint32_t>(product) >= threshold) {
      return static_cast<std::uint32_t>(product >> 32);
    }
  }
}

real Random::uniform() {
  return static_cast<real>(next_u32() >> 8) * static_cast<real>(1.0 / 16777216.0);
}

real Random::uniform(real low, real high) { return low + (high - low) * uniform(); }

real Random::normal() {
  real sum = -6;
  for (int draw = 0; draw < 12; ++draw) sum += uniform();
  return sum;
}

void Random::shuffle(std::span<std::uint32_t> items) {
  for (std::size_t last = items.size(); last > 1; --last) {
    std::swap(items[last - 1], items[below(static_cast<std::uint32_t>(last))]);
  }
}

void Random::seek(std::uint64_t position) {
  position_ = position - position % 4;
  for (std::uint64_t lane = position % 4; lane > 0; --lane) next_u32();
}

}  // namespace deai

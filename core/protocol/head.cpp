#include "protocol/head.h"

#include <algorithm>
#include <array>
#include <bit>

#include "aggregate/exact_mean.h"
#include "secure/hash.h"

namespace deai::protocol {

bool better(const Head& left, const Head& right) {
  if (left.weight != right.weight) return left.weight > right.weight;
  if (left.round != right.round) return left.round > right.round;
  return left.hash < right.hash;
}

bool succeeds(const Head& after, const Head& before) {
  return after.round == before.round + 1 && after.parent == before.hash;
}

bool plausible(const Head& head) {
  constexpr std::uint64_t kMaxRound = std::uint64_t{1} << 32;
  constexpr std::uint64_t kMaxPerRound =
      std::uint64_t{aggregate::kMaxWeight} * aggregate::kMaxMembers;
  // + 1: the room may have begun with an imported model.
  return head.round <= kMaxRound && head.weight >= head.round &&
         head.weight <= head.round * kMaxPerRound + 1;
}

Hash model_hash(const Hash& layout, std::span<const float> weights) {
  secure::Hasher hasher;
  hasher.add(layout);
  std::array<std::uint32_t, 1024> block;
  while (!weights.empty()) {
    const std::size_t count = std::min(block.size(), weights.size());
    for (std::size_t i = 0; i < count; ++i) {
      const auto bits = std::bit_cast<std::uint32_t>(weights[i]);
      block[i] = bits == 0x80000000u ? 0 : bits;
    }
    static_assert(std::endian::native == std::endian::little);
    hasher.add({reinterpret_cast<const std::uint8_t*>(block.data()), count * sizeof(block[0])});
    weights = weights.subspan(count);
  }
  return hasher.finish();
}

Hash room_hash(std::string_view name) {
  constexpr std::string_view kDomain = "deai room";
  secure::Hasher hasher;
  hasher.add({reinterpret_cast<const std::uint8_t*>(kDomain.data()), kDomain.size()});
  hasher.add({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  return hasher.finish();
}

}  // namespace deai::protocol

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/outcome.h"

namespace deai::protocol {

// Where a room's history stands for somebody: the model, and how much work is in it.
struct Head {
  std::uint64_t round = 0;   // commits behind it
  Hash hash{};               // model_hash() of the weights
  std::uint64_t weight = 0;  // samples behind it, all commits summed; 1 for an imported model
  Hash parent{};             // hash of the model before the last commit; zeros: none

  friend bool operator==(const Head&, const Head&) = default;
};

// A total order, equal for everybody: more samples, then more rounds, then the lower hash.
bool better(const Head& left, const Head& right);
// Follows `before` by one commit.
bool succeeds(const Head& after, const Head& before);
// More work than that many rounds can hold, or rounds beyond reach: nobody's honest head.
bool plausible(const Head& head);

// BLAKE2b(layout || little-endian f32, -0 as +0): equal models have equal hashes on all machines.
Hash model_hash(const Hash& layout, std::span<const float> weights);
// A room is its name, its task is told apart by the task hash.
Hash room_hash(std::string_view name);

}  // namespace deai::protocol

#pragma once

#include <cstddef>
#include <vector>

#include "protocol/outcome.h"

namespace deai::protocol {

// Lower goes first in proposing a round's commit: BLAKE2b(room, round, id), so that everybody
// computes the same order, and no one is first in all rounds.
Hash precedence(const Hash& room, std::uint64_t round, const PeerId& id);

// The place of `me`: among the last commit's view; those outside of it (joiners) come after all of
// it, in the order of their own. A view of which nobody but me is here counts for nothing.
std::size_t rank_of(const PeerId& me, const Hash& room, std::uint64_t round,
                    const std::vector<PeerId>& view, const std::vector<PeerId>& present);

// Adds to a sorted list what is not in it yet.
void add_sorted(std::vector<PeerId>& ids, const PeerId& id);

}  // namespace deai::protocol

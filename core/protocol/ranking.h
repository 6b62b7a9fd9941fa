#pragma once

#include <cstddef>
#include <vector>

#include "protocol/outcome.h"

namespace deai::protocol {

// The order in which a round's members may propose its commit: by BLAKE2b(room, round, id), so that
// everybody computes the same order, and no one is first in all rounds.
std::vector<PeerId> ranked(const Hash& room, std::uint64_t round, std::vector<PeerId> ids);

// The place of `me`: among the last commit's view; those outside of it (joiners) come after all of
// it, in the order of their own. A view of which nobody but me is here counts for nothing.
std::size_t rank_of(const PeerId& me, const Hash& room, std::uint64_t round,
                    const std::vector<PeerId>& view, const std::vector<PeerId>& present);

}  // namespace deai::protocol

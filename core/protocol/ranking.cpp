#include "protocol/ranking.h"

#include <algorithm>

#include "secure/hash.h"

namespace deai::protocol {

Hash precedence(const Hash& room, std::uint64_t round, const PeerId& id) {
  ByteWriter key;
  key.bytes(room);
  key.u64(round);
  key.bytes(id);
  return secure::hash(key.view());
}

std::size_t rank_of(const PeerId& me, const Hash& room, std::uint64_t round,
                    const std::vector<PeerId>& view, const std::vector<PeerId>& present) {
  const auto in_view = [&](const PeerId& id) {
    return std::find(view.begin(), view.end(), id) != view.end();
  };
  const bool counts = std::any_of(present.begin(), present.end(), in_view);
  const bool seated = counts && in_view(me);
  const Hash mine = precedence(room, round, me);
  std::size_t rank = counts && !seated ? view.size() : 0;
  for (const PeerId& id : seated ? view : present) {
    const bool rival = seated || !counts || !in_view(id);
    if (rival && precedence(room, round, id) < mine) ++rank;
  }
  return rank;
}

void add_sorted(std::vector<PeerId>& ids, const PeerId& id) {
  const auto place = std::lower_bound(ids.begin(), ids.end(), id);
  if (place == ids.end() || *place != id) ids.insert(place, id);
}

}  // namespace deai::protocol

#include "protocol/ranking.h"

#include <algorithm>
#include <utility>

#include "secure/hash.h"

namespace deai::protocol {

std::vector<PeerId> ranked(const Hash& room, std::uint64_t round, std::vector<PeerId> ids) {
  std::vector<std::pair<Hash, PeerId>> keyed;
  keyed.reserve(ids.size());
  for (const PeerId& id : ids) {
    ByteWriter key;
    key.bytes(room);
    key.u64(round);
    key.bytes(id);
    keyed.emplace_back(secure::hash(key.view()), id);
  }
  std::sort(keyed.begin(), keyed.end());
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = keyed[i].second;
  return ids;
}

std::size_t rank_of(const PeerId& me, const Hash& room, std::uint64_t round,
                    const std::vector<PeerId>& view, const std::vector<PeerId>& present) {
  const auto in_view = [&](const PeerId& id) {
    return std::find(view.begin(), view.end(), id) != view.end();
  };
  const bool counts = std::any_of(present.begin(), present.end(), in_view);
  const bool seated = counts && in_view(me);
  std::vector<PeerId> group;
  if (seated) {
    group = view;
  } else {
    group.push_back(me);
    for (const PeerId& id : present) {
      if (!counts || !in_view(id)) group.push_back(id);
    }
  }
  group = ranked(room, round, std::move(group));
  const auto place = std::find(group.begin(), group.end(), me) - group.begin();
  return static_cast<std::size_t>(place) + (counts && !seated ? view.size() : 0);
}

}  // namespace deai::protocol

#include "ledger.h"

#include <algorithm>
#include <cmath>

#include "aggregate/exact_mean.h"
#include "base/error.h"

namespace deai::simulate {

void Ledger::committed(const protocol::Head& head, const protocol::Notice& notice) {
  // Two commits in one event: the first one was another's, who told it.
  if (notice.round != head.round) return;
  auto& entries = commits_[{head.round, head.hash}];
  const bool known = std::any_of(entries.begin(), entries.end(),
                                 [&](const Entry& entry) { return entry.head == head; });
  if (!known) entries.push_back({head, notice.peers});
}

std::optional<std::vector<Ledger::Entry>> Ledger::history(const protocol::Head& head) const {
  std::vector<Entry> out;
  protocol::Head at = head;
  while (at.round > 0) {
    const auto place = commits_.find({at.round, at.hash});
    if (place == commits_.end()) return std::nullopt;
    const Entry* found = nullptr;
    for (const Entry& entry : place->second) {
      if (entry.head == at) found = &entry;
    }
    if (found == nullptr) return std::nullopt;
    out.push_back(*found);
    if (at.round == 1) break;
    const auto parents = commits_.find({at.round - 1, at.parent});
    if (parents == commits_.end()) return std::nullopt;
    // Of several histories with the same weights the heaviest that fits below this one.
    const protocol::Head* parent = nullptr;
    for (const Entry& entry : parents->second) {
      if (entry.head.weight >= at.weight) continue;
      if (parent == nullptr || entry.head.weight > parent->weight) parent = &entry.head;
    }
    if (parent == nullptr) return std::nullopt;
    at = *parent;
  }
  return out;
}

bool Ledger::before_or_equal(const protocol::Head& a, const protocol::Head& b) const {
  if (a.round == 0) return true;
  const auto entries = history(b);
  if (!entries) return false;
  return std::any_of(entries->begin(), entries->end(),
                     [&](const Entry& entry) { return entry.head == a; });
}

std::string Ledger::audit(const protocol::Head& head, const std::vector<float>& weights,
                          const Authors& authors, std::uint32_t steps) const {
  const auto entries = history(head);
  if (!entries) return "a head whose history nobody saw being made";
  const auto weight_of = [&](const protocol::PeerId& peer) {
    return std::min(static_cast<double>(authors.at(peer).samples) * steps,
                    static_cast<double>(aggregate::kMaxWeight));
  };
  std::map<std::size_t, double> expected;
  for (const Entry& entry : *entries) {
    double sum = 0;
    for (const protocol::PeerId& peer : entry.peers) sum += weight_of(peer);
    for (const protocol::PeerId& peer : entry.peers) {
      expected[authors.at(peer).number] +=
          static_cast<double>(SyntheticTrainee::kCounted) * steps * weight_of(peer) / sum;
    }
  }
  for (const auto& [number, sum] : expected) {
    const double found = static_cast<double>(weights[number]);
    if (std::abs(found - sum) > 1e-6 * static_cast<double>(entries->size() + 1)) {
      return text("participant ", number, " is in the model with ", found / sum,
                  " of what commits list");
    }
  }
  return {};
}

}  // namespace deai::simulate

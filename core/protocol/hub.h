#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "protocol/node.h"

namespace deai::protocol {

// The middle of a star: takes updates, proposes every commit, hands out the result, never trains.
// Updates are added to the mean as they come and not kept.
class Hub : public Node {
 public:
  Hub(Terms terms, std::span<const std::uint8_t, 32> entropy, std::span<const float> initial);

  std::uint32_t member_count();  // that take part in rounds now
  Bytes save() const { return model_.save(); }
  // Before any link: goes on where saved bytes stopped.
  bool restore(ByteView saved);

 protected:
  void progress() override;
  Status status_for(const Link& link) const override;
  void on_update(Link& link, const Packet& packet) override;
  void on_commit(Link&, const Packet&) override {}  // nobody else's count here
  void on_model(Link& link, const Packet& packet) override;
  void describe(Outcome& out) override;
  std::int64_t due_ms() const override;

 private:
  std::vector<Link*> members();
  std::vector<PeerId> awaited();
  std::uint32_t quorum();
  bool fresh() const;
  void catch_up();
  void count_members();
  void commit_if_due();
  void commit();
  void begin_round();

  // --- who learns in this round (hub_draw.cpp)
  bool draws() const { return terms_.sample > 0; }
  std::vector<Link*> candidates();
  std::size_t sample_size(std::size_t candidates) const;
  void draw();
  void give_up_waiting();
  bool may_send(const PeerId& peer) const;

  aggregate::ExactMean mean_;
  std::map<PeerId, CommitEntry> taken_;
  std::int64_t first_ms_ = 0;       // its first update came
  std::int64_t until_ms_ = kNever;  // this round's deadline, counted from that
  std::vector<PeerId> drawn_;       // for this round; sorted
  std::vector<PeerId> late_;        // drawn once, whose update is still welcome; sorted
  std::uint32_t missing_ = 0;
  bool model_changed_ = false;
};

}  // namespace deai::protocol

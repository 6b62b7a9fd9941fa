#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/training_node.h"

namespace deai::protocol {

// One participant's part in rounds: alone, in a mesh, or in a star around a hub. README.md has the
// rules on one page.
class Member : public TrainingNode {
 public:
  // The trainee's present weights are the room's initial ones.
  Member(Terms terms, std::span<const std::uint8_t, 32> entropy, Trainee& trainee);

  Outcome run(Goal goal, std::int64_t now_ms) override;
  Outcome stop(std::int64_t now_ms) override;
  Outcome set_mode(Mode mode, std::int64_t now_ms);
  Outcome step_done(std::uint32_t samples, std::int64_t now_ms) override;
  Outcome imported(std::int64_t now_ms) override;
  bool restore(ByteView saved) override;

  bool running() const override { return phase_ != Phase::kIdle; }
  bool training_wanted() const override { return phase_ == Phase::kTraining; }
  std::size_t held_bytes() const override;

 protected:
  void progress() override;
  Status status_for(const Link& link) const override;
  void on_update(Link& link, const Packet& packet) override;
  void on_commit(Link& link, const Packet& packet) override;
  void on_model(Link& link, const Packet& packet) override;
  SharedBytes find_update(const Hash& digest) const override;
  void describe(Outcome& out) override;
  void on_absent_update(Link& link, const Hash& digest) override;
  std::int64_t due_ms() const override;

 private:
  enum class Phase {
    kIdle,        // not running; questions are answered
    kWaiting,     // for participants, or for a better model
    kTraining,    // local steps
    kExchanging,  // own update is out; the round's commit is due
  };
  // A commit on top of our head, some of whose updates may be missing still.
  struct PendingCommit {
    Commit commit;
    SharedBytes packet;
    LinkId source = 0;
    std::int64_t since_ms = 0;
    std::int64_t asked_ms = -1;
  };

  // --- the round (member.cpp)
  bool alone() const { return terms_.mode == Mode::kLocal; }
  bool in_star() const { return terms_.mode == Mode::kFederated; }
  std::uint32_t quorum() const { return alone() ? 1 : terms_.min_participants; }
  // Links that matter in this mode: peers in a mesh, the coordinator in a star.
  bool of_mode(const Link& link) const;
  std::vector<Link*> present();  // active ones among them
  std::uint32_t missing();
  void begin_round();
  bool make_update();
  void put_down();

  // --- its end (member_commit.cpp)
  void send_update();
  std::vector<PeerId> awaited();
  std::int64_t turn_ms();
  void propose_if_due();
  void propose();
  void advance(const Commit& commit, SharedBytes packet, std::vector<float> numbers,
               std::vector<SignedUpdate> set);
  void carry_over(bool counted, const std::vector<float>& before);
  void report_late(const Commit& commit);
  std::vector<float> result_of(const std::vector<SignedUpdate>& set);

  // --- other heads (member_catch_up.cpp)
  bool wants(const Link& link, const Head& theirs) const;
  Link* source();
  void catch_up();
  void work_on_pending();
  void ask_for_missing(const std::vector<CommitEntry>& missing);
  void drop_pending(bool blame);
  void adopt(RoomModel::Received received);
  void make_room_for(const PeerId& signer);

  Phase phase_ = Phase::kIdle;
  bool settled_down_ = false;  // idle because the goal was reached

  std::uint32_t steps_ = 0;
  std::uint64_t samples_ = 0;
  UpdateStore updates_;
  std::int64_t made_ms_ = 0;       // our own update of this round, when exchanging
  std::int64_t until_ms_ = 0;      // this round's deadline, counted from it
  std::int64_t complete_ms_ = -1;  // since when nobody is awaited any more
  std::int64_t due_ms_ = kNever;   // our turn to propose
  std::optional<PendingCommit> pending_;
  std::int64_t behind_since_ms_ = kNever;  // somebody shows a head that we want since
  Hash hopeless_{};                        // the result of a commit that we could not follow
  bool model_changed_ = false;
  bool changed_ = false;     // progress() has to look again
  bool look_again_ = false;  // something is given a little time to come by itself
};

}  // namespace deai::protocol

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "protocol/head.h"
#include "protocol/outcome.h"
#include "session/learner.h"
#include "task/task.h"

namespace deai::protocol {
class Trainee;
}

namespace deai::session {

struct ParticipantConfig {
  task::Task task;
  std::string room;  // its name; with the task hash it decides who trains together
  std::uint64_t seed = 0;
  protocol::Mode mode = protocol::Mode::kDecentralized;
  std::uint32_t min_participants = 2;  // no round starts below it (kLocal: 1)
  std::uint64_t record_bytes = 0;      // at most so many are recorded of all that happens; 0: none
  protocol::Trainee* trainee = nullptr;  // in place of the learner, for replays
};

// When run() shall end; whichever comes first. Neither: until stop().
struct Target {
  std::optional<std::uint64_t> rounds;       // commits from now on
  std::optional<std::uint64_t> until_round;  // the room's number
};

// A page's whole part in training together, as a pure state machine: events and the time go in,
// an Outcome comes out. It never waits without a wake_at_ms.
class Participant {
 public:
  Participant(ParticipantConfig config, std::span<const std::uint8_t, 32> entropy);
  ~Participant();

  Learner& learner();
  const protocol::PeerId& id() const;

  // Takes part in rounds from now on / leaves them (links stay, questions are still answered).
  protocol::Outcome run(Target target, std::int64_t now_ms);
  protocol::Outcome stop(std::int64_t now_ms);
  // In a room that gossips in a mesh and averages otherwise, what was learnt so far goes along as an
  // imported model does, and the target's rounds are counted anew.
  protocol::Outcome set_mode(protocol::Mode mode, std::int64_t now_ms);

  protocol::Outcome link_up(protocol::LinkId link, protocol::LinkKind kind, std::int64_t now_ms);
  protocol::Outcome link_down(protocol::LinkId link, std::int64_t now_ms);
  // bytes of the link's earlier frames have left the shell's queue.
  protocol::Outcome writable(protocol::LinkId link, std::uint32_t bytes, std::int64_t now_ms);
  protocol::Outcome received(protocol::LinkId link, ByteView frame, std::int64_t now_ms);
  protocol::Outcome time(std::int64_t now_ms);

  // One local step, to be called while training_wanted; the last one of a round hands the update
  // to the protocol.
  struct Step {
    StepReport report;
    protocol::Outcome outcome;
  };
  Step train_step(std::int64_t now_ms);

  // The same step in shares (see Learner): between these two, events may come. While step_holds(),
  // the gradients still count; otherwise the step is dropped by not finishing it.
  std::uint32_t begin_step();
  bool step_holds() const;
  Step finish_step(const BatchReport& batch, std::int64_t now_ms);

  // The learner's checkpoint with the room's model and its place in the history: who goes on from it
  // is in the round that it was in. restore() is for before any link, while not running; it throws
  // Error{kFile} where the bytes are of another task, or damaged. Where only the room is another one,
  // it is load_checkpoint().
  Bytes save() const;
  protocol::Outcome restore(ByteView saved, std::int64_t now_ms);
  // Of the place alone, as a recording has it.
  protocol::Outcome restore_place(ByteView place, std::int64_t now_ms);

  // All that happened so far, for tools/replay (recorder.h says what is in it); empty unless
  // record_bytes.
  Bytes recording() const;
  // The same again, as far as config.trainee stands for the learner: under that participant's id,
  // and a step that was made elsewhere.
  void replay_as(const protocol::PeerId& id, const protocol::Hash& link_secret);
  protocol::Outcome step_done(std::uint32_t samples, std::int64_t now_ms);
  protocol::Outcome imported(std::int64_t now_ms);
  const protocol::Head& head() const;

  std::uint64_t round() const;  // commits in the room's history; of gossip one's own rounds
  protocol::Hash model_hash() const;
  protocol::Hash task_hash() const;
  // Like Learner::import_model; the room's participants must agree, so only while not running.
  protocol::Outcome import_model(ByteView file, std::int64_t now_ms,
                                 const model::ReadOptions& options = {},
                                 model::ReadReport* report = nullptr);
  // The same for Learner::load_base and load_checkpoint.
  protocol::Outcome load_base(ByteView file, std::int64_t now_ms);
  protocol::Outcome load_checkpoint(ByteView file, std::int64_t now_ms);

  struct Traffic {
    std::uint64_t sent_bytes = 0;
    std::uint64_t received_bytes = 0;
    // Of gossip, otherwise 0: the codec's own bytes sent, and what floats to the same neighbours had
    // been.
    std::uint64_t payload_bytes = 0;
    std::uint64_t full_bytes = 0;
    double distance = 0;  // protocol::TrainingNode::Gossiped
  };
  Traffic traffic() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace deai::session

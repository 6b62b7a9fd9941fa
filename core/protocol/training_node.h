#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/node.h"

namespace deai::protocol {

// The participant's own weights: training changes them, the protocol reads and replaces them.
class Trainee {
 public:
  virtual ~Trainee() = default;
  virtual void read(std::span<float> weights) const = 0;
  virtual void write(std::span<const float> weights) = 0;
};

// When run() shall end; whichever comes first.
struct Goal {
  std::optional<std::uint64_t> rounds = {};  // so many rounds of the room from the first one on
  std::optional<std::uint64_t> until_round = {};  // the room's number
};

// A node whose own is a trainee: makes local steps and exchanges, round by round.
class TrainingNode : public Node {
 public:
  virtual Outcome run(Goal goal, std::int64_t now_ms) = 0;
  virtual Outcome stop(std::int64_t now_ms) = 0;
  // One optimizer step was done, with so many samples. To be called while training_wanted.
  virtual Outcome step_done(std::uint32_t samples, std::int64_t now_ms) = 0;
  // The trainee's weights were imported; only while not running.
  virtual Outcome imported(std::int64_t now_ms) = 0;

  // For a store: the model and its place in the history, without a round that has begun.
  Bytes save() const { return model_.save(); }
  // Before any link and not running: goes on where saved bytes stopped. False, and nothing changed:
  // they are damaged, or of another room, task or layout.
  virtual bool restore(ByteView saved) = 0;

  // Of gossip: what was sent, as the codec's own bytes, and what floats to the same neighbours had
  // been; and √(mean of ‖x_j - x‖² over the neighbours last heard) / ‖x‖, how far models are apart.
  struct Gossiped {
    std::uint64_t payload_bytes = 0;
    std::uint64_t full_bytes = 0;
    double distance = 0;
  };
  virtual Gossiped gossiped() const { return {}; }

  virtual bool running() const = 0;
  virtual bool training_wanted() const = 0;

 protected:
  // The trainee's present weights are the room's initial ones.
  TrainingNode(Terms terms, std::span<const std::uint8_t, 32> entropy, Trainee& trainee);

  std::vector<float> trained() const;
  bool goal_reached() const;
  // Says it once for each number; nobody lacking ends the waiting.
  void tell_missing(std::uint32_t lacking);

  Trainee& trainee_;
  Goal goal_;
  std::optional<std::uint64_t> first_round_;  // the head's round when the first one began
  std::uint32_t waiting_for_ = 0;             // as last told
};

}  // namespace deai::protocol

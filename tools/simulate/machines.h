#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "protocol/hub.h"
#include "protocol/member.h"
#include "world.h"

namespace deai::simulate {

// Entropy for a simulated machine: equal for equal numbers.
std::array<std::uint8_t, 32> entropy(std::uint64_t number);

// Hands the world's events to anything with the protocol's calls.
template <typename Session>
class MachineOf : public Machine {
 public:
  template <typename... Arguments>
  explicit MachineOf(Arguments&&... arguments) : session(std::forward<Arguments>(arguments)...) {}

  protocol::Outcome link_down(protocol::LinkId link, Milliseconds now) override {
    return session.link_down(link, now);
  }
  protocol::Outcome writable(protocol::LinkId link, std::uint32_t bytes,
                             Milliseconds now) override {
    return session.writable(link, bytes, now);
  }
  protocol::Outcome received(protocol::LinkId link, ByteView frame, Milliseconds now) override {
    return session.received(link, frame, now);
  }
  protocol::Outcome time(Milliseconds now) override { return session.time(now); }

  Session session;
};

// Learning without a model: each weight goes a quarter of the way towards the participant's own
// target with every step, so the mean of all targets is where a room of equals ends. The first
// `ledger` weights count instead: the participant's own one grows by kCounted with every step, so
// that a model tells whose steps are in it, and how often.
class SyntheticTrainee : public protocol::Trainee {
 public:
  static constexpr float kCounted = 1.0f / 1024.0f;

  SyntheticTrainee(std::size_t number, std::size_t ledger, std::size_t count);

  void read(std::span<float> weights) const override;
  void write(std::span<const float> weights) override;
  void step();
  // From now on steps change nothing.
  void rest() { rests_ = true; }
  const std::vector<float>& weights() const { return weights_; }
  const std::vector<float>& target() const { return target_; }

 private:
  std::size_t number_;
  std::size_t ledger_;
  std::vector<float> weights_;
  std::vector<float> target_;
  bool rests_ = false;
};

// A member with a synthetic trainee, or a gossiper where the terms name a scheme. samples: of one
// step.
class MemberMachine : public Machine {
 public:
  MemberMachine(const protocol::Terms& terms, std::size_t number, std::size_t ledger,
                std::uint32_t samples = 1, std::uint64_t life = 0);

  protocol::Outcome link_up(protocol::LinkId link, protocol::LinkKind kind,
                            Milliseconds now) override {
    return member.link_up(link, kind, now);
  }
  protocol::Outcome link_down(protocol::LinkId link, Milliseconds now) override {
    return member.link_down(link, now);
  }
  protocol::Outcome writable(protocol::LinkId link, std::uint32_t bytes,
                             Milliseconds now) override {
    return member.writable(link, bytes, now);
  }
  protocol::Outcome received(protocol::LinkId link, ByteView frame, Milliseconds now) override {
    return member.received(link, frame, now);
  }
  protocol::Outcome time(Milliseconds now) override { return member.time(now); }
  protocol::Outcome train_step(Milliseconds now) override;
  std::size_t held_bytes() const override { return member.held_bytes(); }

  SyntheticTrainee trainee;

 private:
  std::unique_ptr<protocol::TrainingNode> node_;
  std::uint32_t samples_;

 public:
  protocol::TrainingNode& member;
};

class HubMachine : public MachineOf<protocol::Hub> {
 public:
  HubMachine(const protocol::Terms& terms, std::uint64_t number);

  protocol::Outcome link_up(protocol::LinkId link, protocol::LinkKind kind,
                            Milliseconds now) override {
    return session.link_up(link, kind, now);
  }
  protocol::Outcome train_step(Milliseconds) override { return {}; }
  std::size_t held_bytes() const override { return session.held_bytes(); }
};

// A room of synthetic members.
protocol::Terms synthetic_terms(std::size_t weight_count);

}  // namespace deai::simulate

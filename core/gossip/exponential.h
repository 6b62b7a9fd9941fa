#pragma once

#include "gossip/scheme.h"

namespace deai::gossip {

// One peer a round, at distances 1, 2, 4, … in turn (the one-peer exponential graph, Assran et al.
// 2019; Ying et al. 2021): x goes to self + 2^k and is averaged with what comes from self - 2^k, where
// k = round mod ⌈log₂ n⌉. For n a power of two, ⌈log₂ n⌉ rounds give the exact mean. Participants
// have the numbers 0 … n - 1; a message that does not come leaves x as it is. Wire: 4 d bytes.
class Exponential final : public Scheme {
 public:
  explicit Exponential(const Settings& settings)
      : self_(settings.self),
        participants_(settings.participants),
        theirs_(settings.beginning.size()) {}
  void join(const Neighbour&) override {}
  void leave(Peer) override {}
  bool awaits(Peer peer) const override {
    return peer < participants_ && (peer + distance()) % participants_ == self_;
  }
  void number(Peer self, std::uint32_t participants) override {
    self_ = self;
    participants_ = participants;
  }
  void send(std::uint32_t round, std::uint32_t phase, std::span<float> x,
            std::vector<Message>& out) override;
  Verdict receive(const Message& message, std::span<float> x, std::vector<Message>& out) override;
  void mix(std::uint32_t round, std::uint32_t phase, std::span<float> x) override;

 private:
  std::uint32_t distance() const;

  Peer self_;
  std::uint32_t participants_;
  std::uint32_t round_ = 0;
  bool heard_ = false;
  std::vector<float> theirs_;
};

}  // namespace deai::gossip

#pragma once

#include "gossip/scheme.h"

namespace deai::gossip {

// RelaySGD (Vogels et al. 2021) on a spanning tree: what comes over an edge is the sum over all
// that lie behind it, each as it was as many rounds ago as it is far, with their number:
//   m_ij = x_i + Σ_{k ≠ j} m_ki,  c_ij = 1 + Σ_{k ≠ j} c_ki  (m_ki, c_ki of the round before)
//   x_i ← (x_i + Σ m_ji + (n - 1 - Σ c_ji) x_i) / n.
// It averages over all n with the same weight, which makes it best where data differ. What did not
// come (the first rounds, lost messages, leavings) counts as the own x. The graph must be a tree: a
// cycle would count some twice. Wire: 4 d bytes and the number (4).
class Relay final : public Scheme {
 public:
  explicit Relay(const Settings& settings)
      : count_(settings.beginning.size()), participants_(settings.participants) {}
  void join(const Neighbour& neighbour) override { circle_.join(neighbour); }
  void leave(Peer peer) override { circle_.leave(peer); }
  void number(Peer, std::uint32_t participants) override { participants_ = participants; }
  void send(std::uint32_t round, std::uint32_t phase, std::span<float> x,
            std::vector<Message>& out) override;
  Verdict receive(const Message& message, std::span<float> x, std::vector<Message>& out) override;
  void mix(std::uint32_t round, std::uint32_t phase, std::span<float> x) override;

 private:
  struct Sum {
    std::uint32_t members = 0;
    std::vector<float> x;
  };
  struct Held {
    Neighbour neighbour;
    Sum last;  // of the round before
    Sum now;
  };

  std::size_t count_;
  std::uint32_t participants_;
  std::uint32_t round_ = 0;
  Circle<Held> circle_;
};

}  // namespace deai::gossip

#pragma once

#include "codec/codec.h"
#include "gossip/scheme.h"

namespace deai::gossip {

// CHOCO-SGD (Koloskova, Stich, Jaggi 2019): everybody keeps a public copy x̂_i of itself and one of
// each neighbour, and sends compressed differences to it:
//   q_i = C(x_i - x̂_i) to all;  x̂_j += q_j for all j, itself included;
//   x_i += step · Σ w_ij (x̂_j - x̂_i).
// The step depends on topology and codec (choco_step.h). Copies start as the founders' common vector.
// A copy per neighbour, as one that is summed up could not be taken out when its owner leaves.
// Differences are numbered by their sender, whatever the round: one that comes late counts when it
// comes. Who sees a gap asks (no bytes) and leaves the edge out until x̂_j comes in full; a newcomer
// likewise. Hence a lost message costs 4 d bytes and two rounds of an edge.
class Choco final : public Scheme {
 public:
  explicit Choco(const Settings& settings);
  void join(const Neighbour& neighbour) override;
  void leave(Peer peer) override { circle_.leave(peer); }
  void send(std::uint32_t round, std::uint32_t phase, std::span<float> x,
            std::vector<Message>& out) override;
  Verdict receive(const Message& message, std::span<float> x, std::vector<Message>& out) override;
  void mix(std::uint32_t round, std::uint32_t phase, std::span<float> x) override;

 private:
  enum Kind : std::uint8_t { kDifference, kWhole, kAsk };
  struct Held {
    Neighbour neighbour;
    bool known = false;        // copy is what the neighbour had when it sent last
    bool heard = false;        // since the last round
    bool wants_whole = false;  // it does not know ours
    std::uint32_t next = 0;    // the number of its next difference
    std::vector<float> copy;
  };

  Verdict take_difference(Held& held, const Message& message, std::vector<Message>& out);

  std::unique_ptr<codec::Codec> codec_;
  double step_;
  std::uint32_t sent_ = 0;  // differences
  std::vector<float> beginning_;
  std::vector<float> own_;      // x̂ of itself
  std::vector<float> decoded_;  // workspace
  Circle<Held> circle_;
};

}  // namespace deai::gossip

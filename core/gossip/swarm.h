#pragma once

#include <optional>

#include "base/random.h"
#include "gossip/scheme.h"

namespace deai::gossip {

// SwarmSGD (Nadiradze et al. 2021), non-blocking and quantised: after its local steps a participant
// asks one random neighbour, and both move to the middle of what they sent each other; neither
// waits. Beside x, which local steps go on changing, stands the vector X that others see, and where
// the local steps began; the asked one's pending steps count at its own next turn:
//   asked:  X += (Q_asking - Q_own) / 2
//   asking: X += (Q_asked - Q_own) / 2 + (x - begun);  x ← begun ← X.
// Q: what the lattice of `bits` bits decodes to, equal at both ends, so that the mean stays exactly
// (the published form sets X to the middle of both Q; the difference is the own rounding error). The
// step of the lattice follows the distances met. Where they are larger, the asked one says so, and
// whole floats are sent, as at the first meeting. A lost question or answer is forgotten: a lost
// answer has moved one end, and the mean by less than half the pair's distance / n. Of two questions
// that cross, the higher and the lower end's stand in turn, and the other is forgotten: with both,
// the ends would change places.
// Wire, each way: ⌈bits · d / 8⌉ + 8 bytes.
class Swarm final : public Scheme {
 public:
  explicit Swarm(const Settings& settings);
  void join(const Neighbour& neighbour) override { circle_.join(neighbour); }
  void leave(Peer peer) override { circle_.leave(peer); }
  void send(std::uint32_t round, std::uint32_t phase, std::span<float> x,
            std::vector<Message>& out) override;
  Verdict receive(const Message& message, std::span<float> x, std::vector<Message>& out) override;
  void mix(std::uint32_t, std::uint32_t, std::span<float>) override {}
  bool awaits(Peer) const override { return false; }

 private:
  enum Kind : std::uint8_t { kQuestion, kAnswer, kWholeQuestion, kWholeAnswer, kTooFar };
  struct Held {
    Neighbour neighbour;
    float distance = 0;  // the largest between both that is expected; 0: not known
  };
  struct Pending {
    Peer peer;
    std::uint32_t sequence;
    bool whole;
  };

  void ask(Held& held, bool whole, std::vector<Message>& out);
  Verdict asked(Held& held, const Message& message, std::vector<Message>& out);
  Verdict answered(Held& held, const Message& message, std::span<float> x);
  void expect(Held& held, float met) const;
  void encode(float step, ByteWriter& out);

  unsigned bits_;
  Random random_;
  std::vector<float> shown_;    // X
  std::vector<float> begun_;    // where the local steps began
  std::vector<float> sent_;     // Q of itself in the question that is under way
  std::vector<float> theirs_;   // workspace
  std::vector<float> own_;      // workspace
  std::uint32_t patience_ = 0;  // turns for which an open question is waited for
  std::uint32_t waited_ = 0;    // so many of them are over
  float moved_ = 0;             // by the local steps of a turn, at most
  std::uint32_t sequence_ = 0;
  std::optional<Pending> pending_;
  Circle<Held> circle_;
};

}  // namespace deai::gossip

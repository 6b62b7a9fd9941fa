#pragma once

#include "codec/codec.h"
#include "gossip/scheme.h"

namespace deai::gossip {

// x_i += step · Σ w_ij (x_j - x_i) over the neighbours heard in this round (D-PSGD, Lian et al. 2017,
// for step 1; Spectrum::best_step() contracts most). A lossy codec acts on x itself. A lost message
// leaves its edge out at one end, which moves the mean by at most step · w_ij (x_j - x_i) / n.
class Plain final : public Scheme {
 public:
  explicit Plain(const Settings& settings);
  void join(const Neighbour& neighbour) override;
  void leave(Peer peer) override { circle_.leave(peer); }
  void send(std::uint32_t round, std::uint32_t phase, std::span<float> x,
            std::vector<Message>& out) override;
  Verdict receive(const Message& message, std::span<float> x, std::vector<Message>& out) override;
  void mix(std::uint32_t round, std::uint32_t phase, std::span<float> x) override;

 private:
  struct Held {
    Neighbour neighbour;
    bool heard = false;
    std::vector<float> x;
  };

  std::unique_ptr<codec::Codec> codec_;
  double step_;
  std::size_t count_;
  std::uint32_t round_ = 0;
  Circle<Held> circle_;
  std::vector<float> before_;
};

}  // namespace deai::gossip

#pragma once

#include "gossip/scheme.h"

namespace deai::gossip {

// PowerGossip (Vogels, Karimireddy, Jaggi 2020): each edge finds the largest parts of the difference
// of its two ends by a power iteration that goes on from round to round. Of a tensor X [M x N] an
// edge keeps p [M x r] and q [N x r], the same numbers at both ends. One iteration, in turn:
//   a = orthonormalised p, each end sends Xᵀ a, q ← (X_above - X_below)ᵀ a     (even iterations)
//   a = orthonormalised q, each end sends X a,  p ← (X_above - X_below) a      (odd ones)
//   X ∓= step · w_ij · p qᵀ, - at the end above: the mean of all stays as it is.
// Tensors of one extent, and those that factors would not shorten, are averaged as in plain gossip
// with step 1, once a round. The step is that of the topology, no tuning.
// After a message that did not come the edge begins anew with factors from its seed: the end that
// misses it counts the edge's epoch up, and the other follows. If only one end applied that
// iteration, the mean has moved by step · w_ij · p qᵀ / n.
class Power final : public Scheme {
 public:
  explicit Power(const Settings& settings);
  void join(const Neighbour& neighbour) override;
  void leave(Peer peer) override { circle_.leave(peer); }
  std::uint32_t phases() const override { return iterations_; }
  void send(std::uint32_t round, std::uint32_t phase, std::span<float> x,
            std::vector<Message>& out) override;
  Verdict receive(const Message& message, std::span<float> x, std::vector<Message>& out) override;
  void mix(std::uint32_t round, std::uint32_t phase, std::span<float> x) override;

 private:
  enum Kind : std::uint8_t { kProducts, kRaw };
  struct Part {  // a tensor that has factors
    codec::Matrix shape;
    std::size_t first;  // in x
    std::size_t rank;
    std::size_t p_first;  // in the edge's p; likewise q
    std::size_t q_first;
  };
  struct Held {
    Neighbour neighbour;
    std::uint16_t epoch = 0;
    std::uint32_t iteration = 0;  // of the epoch
    std::vector<float> p, q;      // of all parts
    std::vector<float> mine, theirs;
    std::vector<float> their_raw;
    bool heard = false;
    bool heard_raw = false;
  };

  void begin(Held& held, std::uint16_t epoch) const;
  void multiply(Held& held, std::span<const float> x) const;
  // The squared size of what it took of the difference: one factor is orthonormal.
  double apply(Held& held, std::span<float> x) const;
  void revive(Held& held, std::span<float> factor, std::size_t length, std::size_t part) const;
  std::vector<float> raw_of(std::span<const float> x) const;

  double step_;
  std::uint32_t iterations_;
  bool warm_;
  std::uint32_t round_ = 0;
  std::vector<Part> parts_;
  struct Stretch {
    std::size_t first;
    std::size_t count;
  };
  std::vector<Stretch> raw_;
  std::size_t raw_count_ = 0;
  std::size_t p_count_ = 0;
  std::size_t q_count_ = 0;
  std::vector<float> my_raw_;
  Circle<Held> circle_;
};

}  // namespace deai::gossip

#pragma once

#include <memory>
#include <span>
#include <vector>

#include "codec/layout.h"
#include "options.h"
#include "workers.h"

namespace deai::simulate::gossip {

using Vectors = std::vector<std::span<float>>;  // of each participant

// What happens between the local steps of two rounds, for all participants of a simulated room.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // Before a participant's optimizer moves x: what the scheme adds to the gradient. On any thread.
  virtual void correct(std::uint32_t, std::span<const float> x, std::span<float> gradient) {
    (void)x, (void)gradient;
  }
  virtual bool corrects() const { return false; }
  virtual void round(std::uint32_t round, const Vectors& x, Workers& workers) = 0;
  // Sent by all participants so far, without packets' headers.
  virtual std::uint64_t bytes() const = 0;
  virtual std::uint64_t messages() const = 0;
  // Of consensus, or of the server.
  virtual double step() const = 0;
};

// beginning: x of all before the first round; it must stay until this is made.
std::unique_ptr<Exchange> make_exchange(const Options& options, const codec::Layout& layout,
                                        std::span<const float> beginning);
std::unique_ptr<Exchange> make_federated(const Options& options, const codec::Layout& layout,
                                         std::span<const float> beginning);
bool is_federated(const std::string& scheme);

}  // namespace deai::simulate::gossip

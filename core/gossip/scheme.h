#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "codec/layout.h"

namespace deai::gossip {

// How the room names a neighbour: any number that stays its own.
using Peer = std::uint32_t;

struct Neighbour {
  Peer peer;
  double weight;           // of the edge in the mixing matrix
  std::uint64_t seed = 0;  // of the edge: equal at both ends and nowhere else
  bool above = false;      // whether this end is the higher one of the edge: true at just one end
  // Both ends begin together, from the same vector: what one holds of the other need not be sent.
  bool founding = false;
};

// Between neighbours. All but the bytes stands in the packet's header.
struct Message {
  Peer peer;          // to whom; handed to receive(): from whom
  std::uint8_t kind;  // the scheme's own
  std::uint32_t sequence;
  std::shared_ptr<const Bytes> bytes;
};

enum class Verdict : std::uint8_t {
  kTaken,
  kLate,     // of another round than it could be used in, or from no neighbour; nothing changed
  kRefused,  // no bytes of this scheme
};

// How far neighbours lay from x where it met them.
struct Met {
  double squares = 0;  // Σ ‖x_j - x‖², as far as the scheme sees it (power: a part of it)
  std::uint32_t neighbours = 0;
};

// How neighbours agree on a vector: one participant's part, a state machine without a clock. In a
// round the room lets local steps change x, then for every phase calls send(), hands in what came by
// receive(), and calls mix(), at a deadline when something did not come. Messages get lost and
// neighbours join and leave at any time between two calls; every scheme says what it then does.
// What receive() puts out is to be sent too.
class Scheme {
 public:
  virtual ~Scheme() = default;
  // Of one known already: another weight.
  virtual void join(const Neighbour& neighbour) = 0;
  virtual void leave(Peer peer) = 0;
  virtual std::uint32_t phases() const { return 1; }
  virtual void send(std::uint32_t round, std::uint32_t phase, std::span<float> x,
                    std::vector<Message>& out) = 0;
  virtual Verdict receive(const Message& message, std::span<float> x,
                          std::vector<Message>& out) = 0;
  virtual void mix(std::uint32_t round, std::uint32_t phase, std::span<float> x) = 0;
  // After send(): a message of this neighbour is due before mix().
  virtual bool awaits(Peer) const { return true; }
  // Of relay and exponential: who this is among how many, when that changes.
  virtual void number(Peer, std::uint32_t) {}
  // Whom it met since the last call.
  Met take_met() { return std::exchange(met_, {}); }

 protected:
  void met(double squares) {
    met_.squares += squares;
    ++met_.neighbours;
  }

 private:
  Met met_;
};

struct Settings {
  std::string scheme;                // "plain", "choco", "power", "swarm", "relay", "exponential"
  std::string codec;                 // of plain and choco, as codec::make_any() takes it
  codec::Layout layout;              // of x
  std::span<const float> beginning;  // x as all founders have it; it also says how many numbers
  double step = 1;                   // of consensus: plain, choco, power
  std::uint32_t rank = 1;            // power
  std::uint32_t iterations = 1;      // power: phases
  bool warm = true;                  // power: goes on from the last factors, or draws new ones
  std::uint32_t bits = 8;            // swarm
  std::uint64_t seed = 0;            // this participant's own
  Peer self = 0;                     // relay, exponential: of [0, participants)
  std::uint32_t participants = 1;    // relay, exponential
};

// Throws Error{kTask} for a scheme or codec nobody knows.
std::unique_ptr<Scheme> make(const Settings& settings);

// --- for the schemes' own files ---

// Neighbours in the order of their numbers, so that sums do not depend on who came first.
template <typename Held>
class Circle {
 public:
  Held* find(Peer peer) {
    for (Held& held : all) {
      if (held.neighbour.peer == peer) return &held;
    }
    return nullptr;
  }
  // A new one, or null where only the weight changed.
  Held* join(const Neighbour& neighbour) {
    if (Held* const known = find(neighbour.peer)) {
      known->neighbour.weight = neighbour.weight;
      return nullptr;
    }
    std::size_t at = 0;
    while (at < all.size() && all[at].neighbour.peer < neighbour.peer) ++at;
    const auto place = all.emplace(all.begin() + static_cast<std::ptrdiff_t>(at));
    place->neighbour = neighbour;
    return &*place;
  }
  void leave(Peer peer) {
    std::erase_if(all, [peer](const Held& held) { return held.neighbour.peer == peer; });
  }

  std::vector<Held> all;
};

std::shared_ptr<const Bytes> shared(Bytes bytes);
// No more is taken of any number that a neighbour sends: far above weights, and sums stay finite.
inline constexpr float kMostSize = 1 << 20;
bool acceptable(std::span<const float> values);
// The floats of a whole message, all acceptable, or false.
bool read_floats(const Bytes& bytes, std::span<float> out);
Bytes written(std::span<const float> values);
// ‖a - b‖²
double squared_distance(std::span<const float> a, std::span<const float> b);

}  // namespace deai::gossip

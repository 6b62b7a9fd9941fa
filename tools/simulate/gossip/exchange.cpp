#include "exchange.h"

#include <charconv>

#include "base/error.h"
#include "base/random.h"
#include "gossip/choco_step.h"
#include "gossip/scheme.h"
#include "gossip/topology.h"

namespace deai::simulate::gossip {

namespace {

using deai::gossip::Message;
using deai::gossip::Topology;

Topology topology_of(const Options& options) {
  if (options.edges.empty()) {
    return deai::gossip::make_topology(options.topology, options.participants, options.seed);
  }
  std::vector<deai::gossip::Edge> edges;
  const char* at = options.edges.data();
  const char* const end = at + options.edges.size();
  while (at < end) {
    deai::gossip::Edge edge{};
    auto read = std::from_chars(at, end, edge.a);
    if (read.ec == std::errc() && read.ptr < end && *read.ptr == '-') {
      read = std::from_chars(read.ptr + 1, end, edge.b);
    } else {
      read.ec = std::errc::invalid_argument;
    }
    if (read.ec != std::errc() || (read.ptr < end && *read.ptr != ',')) {
      fail(ErrorCode::kArgument, text("simulate: --edges: expected 0-1,1-2,…, found ", at));
    }
    edges.push_back(edge);
    at = read.ptr + 1;
  }
  return Topology(options.participants, edges);
}

double step_of(const Options& options, const Topology& topology) {
  if (options.step > 0) return options.step;
  if (options.scheme == "choco") return deai::gossip::choco_step(topology, options.codec);
  return deai::gossip::spectrum(topology).best_step();
}

class Gossip final : public Exchange {
 public:
  Gossip(const Options& options, const codec::Layout& layout, std::span<const float> beginning)
      : topology_(topology_of(options)),
        step_(step_of(options, topology_)),
        lost_(options.lost),
        chance_(options.seed, 0x1057),
        outboxes_(options.participants),
        inboxes_(options.participants) {
    deai::gossip::Settings settings;
    settings.scheme = options.scheme;
    settings.codec = options.codec;
    settings.layout = layout;
    settings.beginning = beginning;
    settings.step = step_;
    settings.rank = options.rank;
    settings.iterations = options.iterations;
    settings.warm = options.warm;
    settings.bits = options.bits;
    settings.participants = options.participants;
    check_tree(options);
    for (std::uint32_t node = 0; node < options.participants; ++node) {
      settings.self = node;
      settings.seed = options.seed << 32 | node;
      schemes_.push_back(deai::gossip::make(settings));
      for (const std::uint32_t other : topology_.neighbours(node)) {
        const std::uint64_t low = std::min(node, other), high = std::max(node, other);
        schemes_.back()->join({other, topology_.weight(node, other),
                               options.seed << 48 ^ low << 24 ^ high, node > other, true});
      }
    }
  }

  void round(std::uint32_t round, const Vectors& x, Workers& workers) override {
    const auto count = static_cast<std::uint32_t>(schemes_.size());
    for (std::uint32_t phase = 0; phase < schemes_.front()->phases(); ++phase) {
      workers.for_each(count, [&](std::uint32_t node) {
        schemes_[node]->send(round, phase, x[node], outboxes_[node]);
      });
      while (sort_mail()) {
        workers.for_each(count, [&](std::uint32_t node) {
          for (const Message& message : inboxes_[node]) {
            schemes_[node]->receive(message, x[node], outboxes_[node]);
          }
          inboxes_[node].clear();
        });
      }
      workers.for_each(count,
                       [&](std::uint32_t node) { schemes_[node]->mix(round, phase, x[node]); });
    }
  }

  std::uint64_t bytes() const override { return bytes_; }
  std::uint64_t messages() const override { return messages_; }
  double step() const override { return step_; }

 private:
  void check_tree(const Options& options) const {
    const bool tree = topology_.connected() && topology_.edge_count() + 1 == topology_.size();
    if (options.scheme == "relay" && !tree) {
      fail(ErrorCode::kArgument, "simulate: relay needs a tree: --topology tree, chain or star");
    }
  }
  // From all outboxes to the inboxes, in one order; false when there was nothing.
  bool sort_mail() {
    bool any = false;
    for (std::uint32_t from = 0; from < outboxes_.size(); ++from) {
      for (Message& message : outboxes_[from]) {
        any = true;
        ++messages_;
        bytes_ += message.bytes->size();
        const std::uint32_t to = message.peer;
        if (lost_ > 0 && static_cast<double>(chance_.uniform()) < lost_) continue;
        message.peer = from;
        inboxes_[to].push_back(std::move(message));
      }
      outboxes_[from].clear();
    }
    return any;
  }

  Topology topology_;
  double step_;
  double lost_;
  Random chance_;
  std::vector<std::unique_ptr<deai::gossip::Scheme>> schemes_;
  std::vector<std::vector<Message>> outboxes_;
  std::vector<std::vector<Message>> inboxes_;
  std::uint64_t bytes_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace

std::unique_ptr<Exchange> make_exchange(const Options& options, const codec::Layout& layout,
                                        std::span<const float> beginning) {
  if (is_federated(options.scheme)) return make_federated(options, layout, beginning);
  return std::make_unique<Gossip>(options, layout, beginning);
}

}  // namespace deai::simulate::gossip

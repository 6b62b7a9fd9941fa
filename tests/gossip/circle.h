#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "base/random.h"
#include "gossip/scheme.h"
#include "gossip/topology.h"

namespace deai::test {

// Participants of one scheme in step, with vectors of their own that nothing trains. Messages get
// lost by chance, or come with changed bytes.
class GossipCircle {
 public:
  GossipCircle(gossip::Settings settings, gossip::Topology topology, std::size_t numbers,
               float spread = 1)
      : settings_(std::move(settings)), topology_(std::move(topology)), beginning_(numbers) {
    Random random(77, 1);
    settings_.beginning = beginning_;
    settings_.participants = topology_.size();
    for (std::uint32_t node = 0; node < topology_.size(); ++node) {
      add(node);
      for (float& value : x[node]) value = spread * static_cast<float>(random.normal());
    }
    for (std::uint32_t node = 0; node < topology_.size(); ++node) {
      for (const std::uint32_t other : topology_.neighbours(node)) meet(node, other, true);
    }
  }

  void add(std::uint32_t node) {
    settings_.self = node;
    settings_.seed = 1000 + node;
    schemes.push_back(gossip::make(settings_));
    x.emplace_back(beginning_.size());
  }
  // One end's side of an edge.
  void meet(std::uint32_t node, std::uint32_t other, bool founding, double weight = 0) {
    const std::uint64_t low = std::min(node, other), high = std::max(node, other);
    schemes[node]->join({other, weight > 0 ? weight : topology_.weight(node, other),
                         low << 32 | high, node > other, founding});
  }

  void round(double lost = 0, double spoilt = 0) {
    for (std::uint32_t phase = 0; phase < schemes.front()->phases(); ++phase) {
      std::vector<std::vector<gossip::Message>> out(schemes.size());
      for (std::size_t node = 0; node < schemes.size(); ++node) {
        if (schemes[node]) schemes[node]->send(round_, phase, x[node], out[node]);
      }
      deliver(std::move(out), lost, spoilt);
      for (std::size_t node = 0; node < schemes.size(); ++node) {
        if (schemes[node]) schemes[node]->mix(round_, phase, x[node]);
      }
    }
    ++round_;
  }

  std::vector<double> mean() const {
    std::vector<double> mean(beginning_.size());
    for (const auto& vector : x) {
      for (std::size_t i = 0; i < mean.size(); ++i) {
        mean[i] += static_cast<double>(vector[i]) / static_cast<double>(x.size());
      }
    }
    return mean;
  }
  // Mean over the participants of ‖x - mean‖².
  double spread() const {
    const auto middle = mean();
    double sum = 0;
    for (const auto& vector : x) {
      for (std::size_t i = 0; i < middle.size(); ++i) {
        const double off = static_cast<double>(vector[i]) - middle[i];
        sum += off * off / static_cast<double>(x.size());
      }
    }
    return sum;
  }

  std::vector<std::unique_ptr<gossip::Scheme>> schemes;
  std::vector<std::vector<float>> x;
  std::uint64_t bytes = 0;

 private:
  void deliver(std::vector<std::vector<gossip::Message>> out, double lost, double spoilt) {
    for (bool any = true; any;) {
      any = false;
      std::vector<std::vector<gossip::Message>> answers(schemes.size());
      for (std::uint32_t node = 0; node < out.size(); ++node) {
        for (gossip::Message& message : out[node]) {
          any = true;
          bytes += message.bytes->size();
          const std::uint32_t to = message.peer;
          if (static_cast<double>(chance_.uniform()) < lost || !schemes[to]) continue;
          message.peer = node;
          if (static_cast<double>(chance_.uniform()) < spoilt) spoil(message);
          schemes[to]->receive(message, x[to], answers[to]);
        }
      }
      out = std::move(answers);
    }
  }
  void spoil(gossip::Message& message) {
    Bytes changed = *message.bytes;
    switch (chance_.below(4)) {
      case 0:
        changed.resize(chance_.below(static_cast<std::uint32_t>(changed.size() + 1)));
        break;
      case 1:
        message.kind = static_cast<std::uint8_t>(chance_.below(7));
        break;
      case 2:
        message.sequence += chance_.below(3) - 1;
        break;
      default:
        changed.push_back(0);
    }
    message.bytes = std::make_shared<const Bytes>(std::move(changed));
  }

  gossip::Settings settings_;
  gossip::Topology topology_;
  std::vector<float> beginning_;
  std::uint32_t round_ = 0;
  Random chance_{5, 5};
};

}  // namespace deai::test

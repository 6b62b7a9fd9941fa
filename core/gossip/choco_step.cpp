#include "gossip/choco_step.h"

#include <memory>

#include "base/random.h"
#include "codec/codec.h"

namespace deai::gossip {

namespace {

using Vectors = std::vector<std::vector<float>>;

// Σ over nodes of ‖x - mean‖² + ‖x - x̂‖².
double distance(const Vectors& x, const Vectors& copies) {
  double sum = 0;
  for (std::size_t at = 0; at < x.front().size(); ++at) {
    double mean = 0;
    for (const auto& vector : x) mean += static_cast<double>(vector[at]);
    mean /= static_cast<double>(x.size());
    for (std::size_t node = 0; node < x.size(); ++node) {
      const auto value = static_cast<double>(x[node][at]);
      const double off = value - static_cast<double>(copies[node][at]);
      sum += (value - mean) * (value - mean) + off * off;
    }
  }
  return sum;
}

struct Trial {
  const Topology& topology;
  std::string_view codec;
  Vectors start;
  std::uint32_t iterations;
  std::uint64_t seed;

  double run(double step) const {
    const std::size_t numbers = start.front().size();
    Vectors x = start, copies(start.size(), std::vector<float>(numbers));
    std::vector<std::unique_ptr<codec::Codec>> codecs;
    for (std::size_t node = 0; node < x.size(); ++node) {
      codecs.push_back(codec::make_any(codec, {{}, seed + node}));
    }
    std::vector<float> difference(numbers);
    for (std::uint32_t turn = 0; turn < iterations; ++turn) {
      for (std::size_t node = 0; node < x.size(); ++node) {
        for (std::size_t i = 0; i < numbers; ++i) difference[i] = x[node][i] - copies[node][i];
        ByteWriter bytes;
        codecs[node]->encode(difference, bytes);
        codecs[node]->decode(bytes.view(), difference);
        for (std::size_t i = 0; i < numbers; ++i) copies[node][i] += difference[i];
      }
      for (std::uint32_t node = 0; node < topology.size(); ++node) {
        for (const std::uint32_t other : topology.neighbours(node)) {
          const auto weight = static_cast<float>(step * topology.weight(node, other));
          for (std::size_t i = 0; i < numbers; ++i) {
            x[node][i] += weight * (copies[other][i] - copies[node][i]);
          }
        }
      }
    }
    return distance(x, copies);
  }
};

}  // namespace

double choco_step(const Topology& topology, std::string_view codec, std::size_t numbers,
                  std::uint32_t iterations, std::uint64_t seed) {
  Trial trial{topology, codec, Vectors(topology.size(), std::vector<float>(numbers)), iterations,
              seed};
  Random random(seed, 0xc0c0);
  for (auto& vector : trial.start) {
    for (float& value : vector) value = static_cast<float>(random.normal());
  }
  // 10^(3/19), of which the 19th power is 1000.
  constexpr double kRatio = 1.4384498882876630;
  double best = 0, least = 0, step = 0.001;
  for (int grid = 0; grid < 20; ++grid, step *= kRatio) {
    const double left = trial.run(step);
    if (left >= 0 && (best == 0 || left < least)) {  // not where it diverged to NaN
      best = step;
      least = left;
    }
  }
  return best;
}

}  // namespace deai::gossip

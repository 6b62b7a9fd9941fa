#include <cmath>

#include "base/random.h"
#include "exchange.h"
#include "tasks.h"

namespace deai::simulate::gossip {

double distance(const Vectors& x, std::vector<float>& mean) {
  mean.resize(x.front().size());
  double sum = 0;
  for (std::size_t i = 0; i < mean.size(); ++i) {
    double middle = 0;
    for (const auto& vector : x) middle += static_cast<double>(vector[i]);
    middle /= static_cast<double>(x.size());
    mean[i] = static_cast<float>(middle);
    for (const auto& vector : x) {
      const double off = static_cast<double>(vector[i]) - middle;
      sum += off * off;
    }
  }
  return sum / static_cast<double>(x.size());
}

namespace {

void draw(const Options& options, std::uint32_t node, std::span<float> x) {
  Random random(options.seed, node);
  if (options.values == "normal") {
    for (float& value : x) value = static_cast<float>(random.normal());
    return;
  }
  // One matrix of all, and upon it each participant's own product of rank 2 and a little noise.
  Random common(options.seed, options.participants);
  std::vector<float> p(2 * options.rows), q(2 * options.columns);
  for (float& value : p) value = static_cast<float>(random.normal());
  for (float& value : q) value = static_cast<float>(random.normal());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t row = i / options.columns, column = i % options.columns;
    x[i] = static_cast<float>(common.normal()) + p[2 * row] * q[2 * column] +
           p[2 * row + 1] * q[2 * column + 1] + 0.05f * static_cast<float>(random.normal());
  }
}

}  // namespace

Report run_consensus(const Options& options, Workers& workers) {
  const std::size_t numbers = static_cast<std::size_t>(options.rows) * options.columns;
  std::vector<std::vector<float>> vectors(options.participants, std::vector<float>(numbers));
  Vectors x;
  for (std::uint32_t node = 0; node < options.participants; ++node) {
    draw(options, node, vectors[node]);
    x.push_back(vectors[node]);
  }
  const std::vector<float> zeros(numbers);
  const auto exchange = make_exchange(options, {{options.rows, options.columns}}, zeros);
  Report report;
  report.weights = numbers;
  report.step = exchange->step();
  report.reached = {{1e-3, kNone, 0}, {1e-6, kNone, 0}};
  std::vector<float> mean;
  const double first = distance(x, mean);
  const std::uint32_t every = options.evaluate > 0 ? options.evaluate : (options.rounds + 9) / 10;
  report.measured.push_back({0, 0, first});
  for (std::uint32_t round = 0; round < options.rounds; ++round) {
    exchange->round(round, x, workers);
    const double now = distance(x, mean);
    const double bytes = static_cast<double>(exchange->bytes()) / options.participants;
    for (Report::Reached& reached : report.reached) {
      if (reached.rounds == 0 && now <= reached.share * first) {
        reached.bytes = bytes;
        reached.rounds = round + 1;
      }
    }
    report.diverged = !(now < 1e3 * first);
    const bool done = report.diverged || report.reached.back().rounds > 0;
    if (done || (round + 1) % every == 0 || round + 1 == options.rounds) {
      report.measured.push_back({round + 1, bytes, now});
    }
    if (done) break;
  }
  report.messages = static_cast<double>(exchange->messages()) / options.participants /
                    report.measured.back().round;
  return report;
}

}  // namespace deai::simulate::gossip

#include "gossip/scheme.h"

#include <cmath>

#include "base/error.h"
#include "gossip/choco.h"
#include "gossip/exponential.h"
#include "gossip/plain.h"
#include "gossip/power.h"
#include "gossip/relay.h"
#include "gossip/swarm.h"

namespace deai::gossip {

std::unique_ptr<Scheme> make(const Settings& settings) {
  if (settings.scheme == "plain") return std::make_unique<Plain>(settings);
  if (settings.scheme == "choco") return std::make_unique<Choco>(settings);
  if (settings.scheme == "power") return std::make_unique<Power>(settings);
  if (settings.scheme == "swarm") return std::make_unique<Swarm>(settings);
  if (settings.scheme == "relay") return std::make_unique<Relay>(settings);
  if (settings.scheme == "exponential") return std::make_unique<Exponential>(settings);
  fail(ErrorCode::kTask,
       text("exchange.scheme is \"", settings.scheme,
            "\", expected one of: plain, choco, power, swarm, relay, exponential"));
}

std::shared_ptr<const Bytes> shared(Bytes bytes) {
  return std::make_shared<const Bytes>(std::move(bytes));
}

bool acceptable(std::span<const float> values) {
  for (const float value : values) {
    if (!(std::fabs(value) <= kMostSize)) return false;
  }
  return true;
}

bool read_floats(const Bytes& bytes, std::span<float> out) {
  if (bytes.size() != out.size_bytes()) return false;
  if (!out.empty()) ByteReader(bytes).f32s(out);
  return acceptable(out);
}

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double off = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += off * off;
  }
  return sum;
}

Bytes written(std::span<const float> values) {
  ByteWriter out;
  out.f32s(values);
  return out.take();
}

}  // namespace deai::gossip

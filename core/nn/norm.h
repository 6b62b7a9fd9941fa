#pragma once

#include <cstdint>

#include "nn/layer.h"

namespace deai::nn {

struct NormSettings {
  enum class Kind : std::uint8_t { kLayer, kRms, kGroup, kBatch };
  Kind kind = Kind::kLayer;
  real epsilon = real(1e-5);
  Index groups = 1;           // of kGroup
  real momentum = real(0.1);  // of kBatch: the share of the newest batch in the running statistics
};

// Brings numbers to mean 0 (not kRms) and deviation 1, then to what `weight` and `bias` say; the
// shape stays. Samples [..., C]; weight [C], bias [C] (not of kRms).
//   kLayer, kRms: over the last axis;  kGroup: over all pixels and neighbouring channels;
//   kBatch: over the batch and all pixels; keeps running_mean [C] and running_var [C] as buffers,
//   by which it works outside training, and always when it is frozen.
class Norm final : public Layer {
 public:
  explicit Norm(const NormSettings& settings) : settings_(settings) {}
  Shape bind(Binding& binding, std::span<const Shape> inputs) override;
  void initialise(Random& random, const FirstWeights& first) const override;
  Variable forward(Context& context, const ParameterView& parameters,
                   std::span<Variable> inputs) const override;
  bool in_steps() const override { return settings_.kind != NormSettings::Kind::kGroup; }

 private:
  NormSettings settings_;
  Index weight_ = -1;
  Index bias_ = -1;
  Index mean_ = -1;
  Index variance_ = -1;
};

}  // namespace deai::nn

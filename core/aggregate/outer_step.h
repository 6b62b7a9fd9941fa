#pragma once

#include <span>
#include <string_view>

namespace deai::aggregate {

// What a server, or everybody alike, does with the mean Δ of the participants' changes; Δ is the
// opposite of a gradient. Only + - × ÷ √, in floats, so that all get the same bits.
//   average   x += r Δ                                             FedAvg (McMahan et al. 2017); r = 1
//   momentum  m ← 0.9 m + Δ,  x += r m                             FedAvgM (Hsu et al. 2019); r = 1
//   nesterov  m ← 0.9 m + Δ,  x += r (Δ + 0.9 m)                   DiLoCo (Douillard et al. 2023); r = 0.7
//   adam      m ← 0.9 m + 0.1 Δ,  v ← 0.99 v + 0.01 Δ²,            FedAdam (Reddi et al. 2021);
//             x += r m / (√v + 0.001),  v_0 = 10⁻⁶                 r = 0.01
//   yogi      likewise, but v ← v - 0.01 Δ² sign(v - Δ²)           FedYogi; r = 0.01
class OuterStep {
 public:
  // rate 0: the default named above. Throws Error{kTask} for another name.
  explicit OuterStep(std::string_view kind, double rate = 0);

  double rate() const { return rate_; }
  // m and v: how many numbers of state there are to each of x.
  std::size_t states() const;
  // What they are before the first step.
  void begin(std::span<float> state) const;
  // Throws Error{kShape} unless delta has as many numbers as x, and state states() times as many.
  void step(std::span<float> x, std::span<const float> delta, std::span<float> state) const;

 private:
  enum class Kind : unsigned char { kAverage, kMomentum, kNesterov, kAdam, kYogi };
  Kind kind_;
  double rate_;
};

// FedProx (Li et al. 2020): the gradient of μ/2 ‖x - anchor‖² is added, anchor being where the round
// began. Of as many numbers as the gradient has.
template <typename Real>
void add_proximal(std::span<const Real> x, std::span<const float> anchor, double mu,
                  std::span<Real> gradient) {
  const auto factor = static_cast<Real>(mu);
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    gradient[i] += factor * (x[i] - static_cast<Real>(anchor[i]));
  }
}

}  // namespace deai::aggregate

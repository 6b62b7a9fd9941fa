#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace deai::aggregate {

// The sample-weighted mean of updates, exact and hence independent of their order:
//   acc += w * rint(d * 2^24)                        (int64)
//   x = float(double(base) + double(acc) / (W * 2^24)),  W = sum of w
// |d| <= 2^7, w <= 2^16 and at most 2^10 members keep |acc| <= 2^57. Members may be added as they
// come, and the accumulator is what secure aggregation will mask.
inline constexpr float kMaxAbsDelta = 128.0f;
inline constexpr std::uint32_t kMaxWeight = 1u << 16;
inline constexpr std::uint32_t kMaxMembers = 1u << 10;

// Finite and |d| <= kMaxAbsDelta everywhere: what add() takes.
bool acceptable(std::span<const float> delta);

class ExactMean {
 public:
  explicit ExactMean(std::size_t count) : sums_(count) {}

  // A verdict, not an error, as deltas come from strangers: false, and nothing was added, when
  // delta has another length or is not acceptable, weight is 0 or above kMaxWeight, or kMaxMembers
  // were added before.
  bool add(std::span<const float> delta, std::uint32_t weight);

  std::uint64_t weight() const { return weight_; }
  std::uint32_t members() const { return members_; }

  // base + mean -> out, which may be base itself. Without members out is base.
  void apply(std::span<const float> base, std::span<float> out) const;
  void clear();

 private:
  std::vector<std::int64_t> sums_;
  std::uint64_t weight_ = 0;
  std::uint32_t members_ = 0;
};

}  // namespace deai::aggregate

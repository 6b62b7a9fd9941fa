#include "aggregate/exact_mean.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/error.h"

namespace deai::aggregate {

static_assert(std::numeric_limits<double>::is_iec559);

namespace {

constexpr double kScale = 16777216.0;  // 2^24

// rint without libm and without a rounding-mode lookup: near 1.5 * 2^52 one unit in the last place
// is 1, so the addition rounds to the nearest integer, ties to even, on every IEEE machine; the
// integer then stands in the low bits. Exact for |x| < 2^51.
std::int64_t rint_to_int(double x) {
  constexpr double kMagic = 6755399441055744.0;
  return std::bit_cast<std::int64_t>(x + kMagic) - std::bit_cast<std::int64_t>(kMagic);
}

}  // namespace

bool acceptable(std::span<const float> delta) {
  // Comparison is false for NaN. No early exit: the honest case is the common one and vectorises.
  bool fine = true;
  for (const float d : delta) fine &= (d <= kMaxAbsDelta) & (d >= -kMaxAbsDelta);
  return fine;
}

bool ExactMean::add(std::span<const float> delta, std::uint32_t weight) {
  if (delta.size() != sums_.size() || weight == 0 || weight > kMaxWeight ||
      members_ == kMaxMembers || !acceptable(delta)) {
    return false;
  }
  const auto factor = static_cast<std::int64_t>(weight);
  for (std::size_t i = 0; i < delta.size(); ++i) {
    sums_[i] += factor * rint_to_int(static_cast<double>(delta[i]) * kScale);
  }
  weight_ += weight;
  ++members_;
  return true;
}

void ExactMean::apply(std::span<const float> base, std::span<float> out) const {
  if (base.size() != sums_.size() || out.size() != sums_.size()) {
    fail(ErrorCode::kShape, text("ExactMean::apply: made for ", sums_.size(), " numbers, base has ",
                                 base.size(), ", out has ", out.size()));
  }
  if (members_ == 0) {
    std::copy(base.begin(), base.end(), out.begin());
    return;
  }
  const double divisor = static_cast<double>(weight_) * kScale;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    out[i] =
        static_cast<float>(static_cast<double>(base[i]) + static_cast<double>(sums_[i]) / divisor);
  }
}

void ExactMean::clear() {
  std::fill(sums_.begin(), sums_.end(), 0);
  weight_ = 0;
  members_ = 0;
}

}  // namespace deai::aggregate

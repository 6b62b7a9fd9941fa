#include "codec/qsgd.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "codec/bits.h"
#include "codec/numbers.h"

namespace deai::codec {

Qsgd::Qsgd(std::uint32_t levels, bool biased, const Settings& settings)
    : Levels(levels, static_cast<unsigned>(std::bit_width(2 * levels)), settings, 100 + levels),
      biased_(biased) {}

void Qsgd::encode(std::span<const float> values, ByteWriter& out) {
  check_fits(layout_, values.size());
  const double s = most_;
  std::vector<double> norms;
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const double m = static_cast<double>(tensor.size());
    norms.push_back(std::sqrt(sum_of_squares(values.subspan(first, tensor.size()))));
    const double shrink = biased_ ? 1 + std::min(m / (s * s), std::sqrt(m) / s) : 1;
    out.f32(static_cast<float>(norms.back() / (s * shrink)));
  });
  BitWriter bits(out);
  auto norm = norms.begin();
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const bool usable = *norm > 0 && std::isfinite(*norm);
    const float scale = usable ? static_cast<float>(s / *norm) : 0;
    for (const float value : values.subspan(first, tensor.size())) {
      std::uint32_t level = 0;
      if (usable) {
        const float raised = scale * std::fabs(value) + static_cast<float>(random_.uniform());
        level = std::min(static_cast<std::uint32_t>(raised), most_);
      }
      bits.put(value < 0 ? most_ - level : most_ + level, bits_);
    }
    ++norm;
  });
  bits.finish();
}

}  // namespace deai::codec

#include "codec/qsgd.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "codec/bits.h"
#include "codec/numbers.h"

namespace deai::codec {

Qsgd::Qsgd(std::uint32_t levels, bool biased, const Settings& settings)
    : levels_(levels),
      bits_(static_cast<unsigned>(std::bit_width(2 * levels))),
      biased_(biased),
      layout_(settings.layout),
      random_(settings.seed, 100 + levels) {}

std::size_t Qsgd::max_bytes(std::size_t count) const {
  return 4 * tensor_count(layout_) + bytes_of_bits(count, bits_);
}

void Qsgd::encode(std::span<const float> values, ByteWriter& out) {
  check_fits(layout_, values.size());
  const double s = levels_;
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
        level = std::min(static_cast<std::uint32_t>(raised), levels_);
      }
      bits.put(value < 0 ? levels_ - level : levels_ + level, bits_);
    }
    ++norm;
  });
  bits.finish();
}

bool Qsgd::decode(ByteView bytes, std::span<float> values) const {
  if (!fits(layout_, values.size()) || bytes.size() != max_bytes(values.size())) return false;
  ByteReader steps(bytes);
  BitReader bits(bytes.subspan(4 * tensor_count(layout_)));
  bool known = true;
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const float step = steps.f32();
    for (float& value : values.subspan(first, tensor.size())) {
      const std::uint32_t raised = bits.get(bits_);
      known = known && raised <= 2 * levels_;
      value = step * static_cast<float>(static_cast<int>(raised) - static_cast<int>(levels_));
    }
  });
  return known;
}

}  // namespace deai::codec

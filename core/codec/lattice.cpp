#include "codec/lattice.h"

#include <bit>
#include <cmath>

#include "codec/bits.h"

namespace deai::codec {

namespace {

constexpr std::size_t kHeadBytes = 8;
constexpr double kMostSteps = 1 << 30;

// Not against forgers, who may write what they like: it tells a k that is off by a multiple of q.
class Checksum {
 public:
  void add(std::int32_t k) {
    sum_ = (std::rotl(sum_, 5) ^ static_cast<std::uint32_t>(k)) * 0x9E3779B1u;
  }
  std::uint32_t sum() const { return sum_ ^ sum_ >> 15; }

 private:
  std::uint32_t sum_ = 0x811C9DC5u;
};

}  // namespace

std::size_t lattice_bytes(std::size_t count, unsigned bits) {
  return kHeadBytes + bytes_of_bits(count, bits);
}

float lattice_step(float difference, unsigned bits) {
  return difference / static_cast<float>((1 << (bits - 1)) - 1);
}

void lattice_encode(std::span<const float> x, float step, unsigned bits, Random& random,
                    ByteWriter& out) {
  ByteWriter body;
  BitWriter writer(body);
  Checksum checksum;
  const std::uint32_t mask = (1u << bits) - 1;
  for (const float value : x) {
    const double steps = static_cast<double>(value) / static_cast<double>(step);
    if (!(std::fabs(steps) < kMostSteps)) step = 0;
    const auto k =
        step > 0
            ? static_cast<std::int32_t>(std::floor(steps + static_cast<double>(random.uniform())))
            : 0;
    checksum.add(k);
    writer.put(static_cast<std::uint32_t>(k) & mask, bits);
  }
  writer.finish();
  out.f32(step);
  out.u32(checksum.sum());
  out.bytes(body.view());
}

float lattice_step_of(ByteView bytes) {
  const float step = ByteReader(bytes).f32();
  return std::isfinite(step) && step > 0 ? step : 0;
}

LatticeVerdict lattice_decode(ByteView bytes, unsigned bits, std::span<const float> near,
                              std::span<float> out) {
  const auto step = static_cast<double>(lattice_step_of(bytes));
  if (bytes.size() != lattice_bytes(out.size(), bits) || near.size() != out.size() || step == 0) {
    return LatticeVerdict::kRefused;
  }
  ByteReader head(bytes);
  head.f32();
  const std::uint32_t expected = head.u32();
  BitReader reader(bytes.subspan(kHeadBytes));
  Checksum checksum;
  const double q = 1 << bits;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double c = reader.get(bits);
    const double k = c + q * std::floor((static_cast<double>(near[i]) / step - c) / q + 0.5);
    if (!(std::fabs(k) < 2 * kMostSteps)) return LatticeVerdict::kTooFar;
    checksum.add(static_cast<std::int32_t>(k));
    out[i] = static_cast<float>(step * k);
    if (!std::isfinite(out[i])) return LatticeVerdict::kTooFar;
  }
  return checksum.sum() == expected ? LatticeVerdict::kRead : LatticeVerdict::kTooFar;
}

}  // namespace deai::codec

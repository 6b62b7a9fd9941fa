#include "codec/random_k.h"

#include "base/random.h"
#include "codec/top_k.h"

namespace deai::codec {

template <typename Body>
void RandomK::for_each_place(std::uint32_t draw, std::size_t count, const Body& body) const {
  Random random(seed_, draw);
  for_each_tensor(layout_, count, [&](std::size_t first, const Matrix& tensor) {
    const std::uint64_t m = tensor.size(), k = kept(tensor.size(), one_in_);
    for (std::uint64_t i = 0; i < k; ++i) {
      const std::uint64_t begin = i * m / k, end = (i + 1) * m / k;
      body(first + static_cast<std::size_t>(begin) +
           random.below(static_cast<std::uint32_t>(end - begin)));
    }
  });
}

std::size_t RandomK::max_bytes(std::size_t count) const {
  std::size_t numbers = 0;
  for_each_tensor(layout_, count, [&](std::size_t, const Matrix& tensor) {
    numbers += kept(tensor.size(), one_in_);
  });
  return 4 + 4 * numbers;
}

void RandomK::encode(std::span<const float> values, ByteWriter& out) {
  check_fits(layout_, values.size());
  out.u32(draw_);
  for_each_place(draw_++, values.size(), [&](std::size_t place) { out.f32(values[place]); });
}

bool RandomK::decode(ByteView bytes, std::span<float> values) const {
  if (!fits(layout_, values.size()) || bytes.size() != max_bytes(values.size())) return false;
  for (float& value : values) value = 0;
  ByteReader reader(bytes);
  const std::uint32_t draw = reader.u32();
  for_each_place(draw, values.size(), [&](std::size_t place) { values[place] = reader.f32(); });
  return true;
}

}  // namespace deai::codec

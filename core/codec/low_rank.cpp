#include "codec/low_rank.h"

#include "base/random.h"
#include "codec/factors.h"
#include "codec/numbers.h"

namespace deai::codec {

std::size_t LowRank::max_bytes(std::size_t count) const {
  std::size_t numbers = 0;
  for_each_tensor(layout_, count, [&](std::size_t, const Matrix& tensor) {
    const std::size_t rank = useful_rank(tensor, rank_);
    numbers += rank == 0 ? tensor.size() : rank * (tensor.rows + tensor.columns);
  });
  return 4 * numbers;
}

void LowRank::encode(std::span<const float> values, ByteWriter& out) {
  check_fits(layout_, values.size());
  warm_.resize(tensor_count(layout_));
  std::size_t number = 0;
  std::vector<float> p;
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const auto x = values.subspan(first, tensor.size());
    std::vector<float>& q = warm_[number++];
    const std::size_t rank = useful_rank(tensor, rank_);
    if (rank == 0) return out.f32s(x);
    // From factors of zeros (or none that are finite) no iteration finds a way out.
    if (q.empty() || !(sum_of_squares(q) > 0)) {
      q.resize(rank * tensor.columns);
      Random random(seed_, number);
      draw(random, q);
    }
    p.resize(rank * tensor.rows);
    times(x, tensor, q, p);
    orthonormalise(p, tensor.rows);
    transposed_times(x, tensor, p, q);
    out.f32s(p);
    out.f32s(q);
  });
}

bool LowRank::decode(ByteView bytes, std::span<float> values) const {
  if (!fits(layout_, values.size()) || bytes.size() != max_bytes(values.size())) return false;
  for (float& value : values) value = 0;
  ByteReader reader(bytes);
  std::vector<float> p, q;
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const auto x = values.subspan(first, tensor.size());
    const std::size_t rank = useful_rank(tensor, rank_);
    if (rank == 0) {
      if (!x.empty()) reader.f32s(x);
      return;
    }
    p.resize(rank * tensor.rows);
    q.resize(rank * tensor.columns);
    reader.f32s(p);
    reader.f32s(q);
    add_product(x, tensor, p, q, 1);
  });
  return true;
}

}  // namespace deai::codec

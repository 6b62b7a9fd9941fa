#include "codec/factors.h"

#include <algorithm>
#include <cmath>

#include "codec/numbers.h"

namespace deai::codec {

void times(std::span<const float> x, const Matrix& shape, std::span<const float> a,
           std::span<float> out) {
  const std::size_t rank = out.size() / shape.rows;
  for (std::size_t column = 0; column < rank; ++column) {
    const auto factor = a.subspan(column * shape.columns, shape.columns);
    for (std::size_t row = 0; row < shape.rows; ++row) {
      out[column * shape.rows + row] =
          static_cast<float>(dot(x.subspan(row * shape.columns, shape.columns), factor));
    }
  }
}

void transposed_times(std::span<const float> x, const Matrix& shape, std::span<const float> a,
                      std::span<float> out) {
  std::fill(out.begin(), out.end(), 0.0f);
  const std::size_t rank = out.size() / shape.columns;
  for (std::size_t row = 0; row < shape.rows; ++row) {
    const float* const from = x.data() + row * shape.columns;
    for (std::size_t column = 0; column < rank; ++column) {
      float* const to = out.data() + column * shape.columns;
      const float factor = a[column * shape.rows + row];
      for (std::size_t i = 0; i < shape.columns; ++i) to[i] += factor * from[i];
    }
  }
}

void orthonormalise(std::span<float> columns, std::size_t length) {
  for (std::size_t at = 0; at < columns.size(); at += length) {
    const auto column = columns.subspan(at, length);
    for (std::size_t before = 0; before < at; before += length) {
      const auto other = columns.subspan(before, length);
      const auto along = static_cast<float>(dot(column, other));
      for (std::size_t i = 0; i < length; ++i) column[i] -= along * other[i];
    }
    const auto size = static_cast<float>(std::sqrt(sum_of_squares(column)) + 1e-8);
    for (float& value : column) value /= size;
  }
}

void add_product(std::span<float> x, const Matrix& shape, std::span<const float> p,
                 std::span<const float> q, float factor) {
  const std::size_t rank = p.size() / shape.rows;
  for (std::size_t row = 0; row < shape.rows; ++row) {
    float* const to = x.data() + row * shape.columns;
    for (std::size_t column = 0; column < rank; ++column) {
      const float along = factor * p[column * shape.rows + row];
      const float* const from = q.data() + column * shape.columns;
      for (std::size_t i = 0; i < shape.columns; ++i) to[i] += along * from[i];
    }
  }
}

void draw(Random& random, std::span<float> out) {
  for (float& value : out) value = static_cast<float>(random.normal());
}

std::size_t useful_rank(const Matrix& shape, std::size_t rank) {
  rank = std::min({rank, shape.rows, shape.columns});
  return shape.size() <= rank * (shape.rows + shape.columns) ? 0 : rank;
}

}  // namespace deai::codec

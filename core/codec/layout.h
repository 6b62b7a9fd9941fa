#pragma once

#include <cstddef>
#include <vector>

namespace deai::codec {

// One tensor of the vector as a matrix: its first extent, and the product of the others (1 where
// there is one extent only). Plain numbers: codecs know nothing of layers.
struct Matrix {
  std::size_t rows;
  std::size_t columns = 1;
  std::size_t size() const { return rows * columns; }
};

// The tensors one after the other. Empty: the whole vector is one tensor of one extent.
using Layout = std::vector<Matrix>;

inline std::size_t total(const Layout& layout) {
  std::size_t sum = 0;
  for (const Matrix& tensor : layout) sum += tensor.size();
  return sum;
}
inline bool fits(const Layout& layout, std::size_t count) {
  return layout.empty() || total(layout) == count;
}
inline std::size_t tensor_count(const Layout& layout) { return layout.empty() ? 1 : layout.size(); }

// body(first, matrix) for every tensor of a vector of so many numbers.
template <typename Body>
void for_each_tensor(const Layout& layout, std::size_t count, const Body& body) {
  if (layout.empty()) return body(std::size_t{0}, Matrix{count});
  std::size_t first = 0;
  for (const Matrix& tensor : layout) {
    body(first, tensor);
    first += tensor.size();
  }
}

// Throws Error{kShape}.
void check_fits(const Layout& layout, std::size_t count);

}  // namespace deai::codec

#pragma once

#include <span>

#include "base/real.h"
#include "base/shape.h"
#include "tensor/pool.h"

namespace deai::tensor {

// A shape and a share of a buffer: dense, row-major. Copying a tensor shares the elements; clone()
// copies them. A default tensor has no elements and converts to false.
class Tensor {
 public:
  Tensor() = default;
  // Contents unspecified.
  explicit Tensor(const Shape& shape);
  Tensor(const Tensor& other);
  Tensor(Tensor&& other) noexcept;
  Tensor& operator=(Tensor other) noexcept;
  ~Tensor();

  static Tensor zeros(const Shape& shape);
  static Tensor full(const Shape& shape, real value);
  static Tensor copy_of(const Shape& shape, std::span<const real> values);
  static Tensor scalar(real value) { return full(Shape{}, value); }

  explicit operator bool() const { return buffer_ != nullptr; }
  // Nobody else shares the elements: who holds this tensor may write into them.
  bool is_sole_owner() const { return buffer_ != nullptr && buffer_->owners == 1; }
  const Shape& shape() const { return shape_; }
  Index size() const { return buffer_ == nullptr ? 0 : shape_.size(); }
  real* data() { return data_; }
  const real* data() const { return data_; }
  std::span<real> span() { return {data_, static_cast<std::size_t>(size())}; }
  std::span<const real> span() const { return {data_, static_cast<std::size_t>(size())}; }
  // The only element.
  real item() const;

  // The same elements under another shape of equal size.
  Tensor reshaped(const Shape& shape) const;
  // shape.size() elements from offset on, counted in the flat order; shared.
  Tensor part(Index offset, const Shape& shape) const;
  Tensor clone() const;
  void fill(real value);

 private:
  Shape shape_;
  Buffer* buffer_ = nullptr;
  real* data_ = nullptr;
};

}  // namespace deai::tensor

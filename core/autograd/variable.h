#pragma once

#include <utility>

#include "tensor/tensor.h"

namespace deai::autograd {

using tensor::Tensor;

// Where the gradient of one variable gathers. Made by the tape, lives until the tape is reset.
class Gradient {
 public:
  explicit Gradient(const Shape& shape) : shape_(shape) {}
  // Gathers in a tensor of the caller's, whatever that holds before.
  explicit Gradient(Tensor tensor)
      : shape_(tensor.shape()), tensor_(std::move(tensor)), has_place_(true) {}

  struct Target {
    real* data;
    bool accumulate;  // false: nothing arrived yet, so overwrite what stands there
  };
  // For the rule that adds its share, which must write every element.
  Target target() {
    if (!tensor_) tensor_ = Tensor(shape_);
    return {tensor_.data(), std::exchange(arrived_, true)};
  }
  // The same, in the memory of a tensor that the rule needs no more, where nobody else does.
  Target target_in(Tensor& spare) {
    if (may_adopt() && spare.is_sole_owner() && spare.shape() == shape_) {
      tensor_ = std::exchange(spare, Tensor());
    }
    return target();
  }
  // Whether the first share may come as a tensor that the rule gives away.
  bool may_adopt() const { return !arrived_ && !has_place_; }
  void adopt(Tensor share) {
    tensor_ = std::move(share);
    arrived_ = true;
  }
  bool arrived() const { return arrived_; }
  const Shape& shape() const { return shape_; }
  // Without elements as long as nothing arrived, but the caller's own.
  const Tensor& tensor() const { return tensor_; }
  Tensor& tensor() { return tensor_; }
  Tensor release() {
    arrived_ = false;
    return std::exchange(tensor_, Tensor());
  }

 private:
  Shape shape_;
  Tensor tensor_;
  bool arrived_ = false;
  bool has_place_ = false;
};

// A value, and the place for its gradient where one is wanted. A variable with a gradient must not
// be used after the reset of its tape.
class Variable {
 public:
  Variable() = default;
  // A constant.
  explicit Variable(Tensor value) : value_(std::move(value)) {}
  Variable(Tensor value, Gradient* gradient) : value_(std::move(value)), gradient_(gradient) {}

  const Tensor& value() const { return value_; }
  // The value, which this variable then no longer holds.
  Tensor release() { return std::exchange(value_, Tensor()); }
  const Shape& shape() const { return value_.shape(); }
  bool needs_gradient() const { return gradient_ != nullptr; }
  // nullptr where none is wanted.
  Gradient* gradient() const { return gradient_; }

 private:
  Tensor value_;
  Gradient* gradient_ = nullptr;
};

}  // namespace deai::autograd

#pragma once

#include "autograd/variable.h"
#include "tensor/eigen.h"

// Only for the .cpp files of core/ops.
namespace deai::ops {

// Adds an Eigen expression over all elements to the gradient of an input.
template <typename Expression>
void give(autograd::Gradient& gradient, const Expression& share) {
  const autograd::Gradient::Target target = gradient.target();
  tensor::Flat out(target.data, gradient.shape().size());
  if (target.accumulate) {
    out += share;
  } else {
    out = share;
  }
}

// The same for an expression with the last axis as columns.
template <typename Expression>
void give_table(autograd::Gradient& gradient, const Expression& share) {
  const autograd::Gradient::Target target = gradient.target();
  tensor::Table out(target.data, share.rows(), share.cols());
  if (target.accumulate) {
    out += share;
  } else {
    out = share;
  }
}

}  // namespace deai::ops

#pragma once

#include <Eigen/Core>

#include "tensor/tensor.h"

// The one door to Eigen: tensors seen as Eigen's arrays, without copying. Only for .cpp files of
// core/ops and for tests; no public header of a room above may include this.
namespace deai::tensor {

using Flat = Eigen::Map<Eigen::Array<real, Eigen::Dynamic, 1>>;
using ConstFlat = Eigen::Map<const Eigen::Array<real, Eigen::Dynamic, 1>>;
using Table = Eigen::Map<Eigen::Array<real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
using ConstTable =
    Eigen::Map<const Eigen::Array<real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

// All elements in their flat order.
inline Flat flat(Tensor& tensor) { return {tensor.data(), tensor.size()}; }
inline ConstFlat flat(const Tensor& tensor) { return {tensor.data(), tensor.size()}; }

// The last axis as columns, all others as rows.
inline ConstTable table(const Tensor& tensor) {
  const Index columns = tensor.shape()[-1];
  return {tensor.data(), columns == 0 ? 0 : tensor.size() / columns, columns};
}
inline Table table(Tensor& tensor) {
  const Index columns = tensor.shape()[-1];
  return {tensor.data(), columns == 0 ? 0 : tensor.size() / columns, columns};
}

}  // namespace deai::tensor

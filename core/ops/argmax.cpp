#include "ops/argmax.h"

#include "base/error.h"
#include "tensor/eigen.h"

namespace deai::ops {

void argmax(const tensor::Tensor& x, std::span<std::int32_t> places) {
  if (x.shape().rank() < 1 || x.shape()[-1] == 0 ||
      x.size() / x.shape()[-1] != static_cast<Index>(places.size())) {
    fail(ErrorCode::kShape, text("argmax: x ", x.shape().to_string(), " does not have ",
                                 places.size(), " rows to choose from"));
  }
  const tensor::ConstTable rows = tensor::table(x);
  for (Index row = 0; row < rows.rows(); ++row) {
    Index place = 0;
    rows.row(row).maxCoeff(&place);
    places[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(place);
  }
}

}  // namespace deai::ops

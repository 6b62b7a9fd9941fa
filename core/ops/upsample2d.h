#pragma once

#include <array>

#include "autograd/context.h"

namespace deai::ops {

struct Upsample2dOptions {
  std::array<Index, 2> factor{2, 2};  // vertical, horizontal
  bool bilinear = false;              // otherwise every pixel is repeated
};

autograd::Variable upsample2d(autograd::Context& context, const autograd::Variable& x,
                              const Upsample2dOptions& options);

}  // namespace deai::ops

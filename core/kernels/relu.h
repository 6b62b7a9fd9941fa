#pragma once

#include <cstdint>

#include "kernels/memory.h"

namespace deai::kernels {

// How many words say of so many elements, a bit each, which of them are above 0.
inline constexpr Index positive_words(Index count) { return ceil_div(count, 32); }

// y = max(x, 0); a NaN stays one. y may be x. positive: nullptr where nobody asks for it.
void relu(const real* x, Index count, real* y, std::uint32_t* positive);
// dx = dy where y was above 0, else 0; accumulate: added to what dx holds. dx may be dy.
void relu_gradient(const std::uint32_t* positive, const real* dy, Index count, real* dx,
                   bool accumulate);

}  // namespace deai::kernels

#pragma once

#include <cstddef>
#include <cstdint>

namespace deai {

// The scalar of all learning. Shipped builds use float; the check build compiles the same sources
// with double so that numeric gradients can be compared to 1e-7.
#ifdef DEAI_REAL_DOUBLE
using real = double;
#else
using real = float;
#endif

// Signed sizes: a difference of two extents must not wrap.
using Index = std::ptrdiff_t;

}  // namespace deai

#pragma once

#include <algorithm>
#include <limits>

#include "base/real.h"

namespace deai::kernels {

// What every buffer handed to a kernel must offer: kernels may read (never use, never write) this
// many bytes behind the last element of an input. Who allocates, pads; nobody else remembers.
inline constexpr Index kReadBehindBytes = 64;
// Workspaces begin at a multiple of this many bytes.
inline constexpr Index kAlignBytes = 64;

inline constexpr real kUnbounded = std::numeric_limits<real>::infinity();

inline constexpr Index ceil_div(Index value, Index step) { return (value + step - 1) / step; }
inline constexpr Index round_up(Index value, Index step) { return ceil_div(value, step) * step; }

// Hands out aligned parts of a workspace, or, given no workspace, adds up how much is needed: so
// that one function says both what is used and how large it is.
class Carver {
 public:
  explicit Carver(real* workspace) : workspace_(workspace) {}

  real* take(Index count) {
    real* const part = workspace_ == nullptr ? nullptr : workspace_ + used_;
    used_ += round_up(count, kAlignBytes / Index{sizeof(real)});
    return part;
  }
  template <typename T>
  T* take_as(Index count) {
    return reinterpret_cast<T*>(take(ceil_div(count * Index{sizeof(T)}, Index{sizeof(real)})));
  }
  // In reals.
  Index used() const { return used_; }

 private:
  real* workspace_;
  Index used_ = 0;
};

}  // namespace deai::kernels

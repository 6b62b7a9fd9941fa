#pragma once

#include <span>

#include "base/real.h"

namespace deai::optim {

// average ← average + share·(values − average), element by element; spans of one size.
void follow(std::span<real> average, std::span<const real> values, real share);

}  // namespace deai::optim

#pragma once

#include "base/real.h"

namespace deai::kernels {

// Rotary position embedding (Su et al., "RoFormer", 2021): the numbers i and i + width/2 of a head
// are turned by the angle p·10000^(−2i/width), p the place of their step.
struct Rotary {
  Index samples;
  Index steps;
  Index columns;  // of a step
  Index heads;    // its first ones are turned, the rest stays
  Index width;    // of a head, even
  Index offset;   // the place of the first step
};

// Reals.
Index rotary_workspace(const Rotary& sizes);

// x, y: [samples, steps, columns], also the same memory. back: turned the other way, which is the
// gradient.
void rotary(const Rotary& sizes, const real* x, real* y, bool back, real* workspace);

}  // namespace deai::kernels

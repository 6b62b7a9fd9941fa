#pragma once

#include "base/real.h"

namespace deai::kernels {

// Images that become larger by whole factors. bilinear: between pixels whose middles lie at
// (i + ½)·factor − ½ of the larger image, the border ones beyond (PyTorch: align_corners=False);
// otherwise every pixel is repeated.
struct Upsample2d {
  Index batch;
  Index height;  // of x: [batch, height, width, channels]
  Index width;
  Index channels;
  Index factor_height;
  Index factor_width;
  bool bilinear;
};

// y: [batch, height·factor_height, width·factor_width, channels].
void upsample2d(const Upsample2d& sizes, const real* x, real* y);
// accumulate: added to what dx holds.
void upsample2d_gradient(const Upsample2d& sizes, const real* dy, real* dx, bool accumulate);

}  // namespace deai::kernels

#pragma once

#include "base/real.h"

// Normalisation over pixels: x [batch, pixels, channels], where the pixels of one image and
// `group` neighbouring channels share their statistics. Group normalisation is this; batch
// normalisation is this with all pixels of the batch as one image and groups of one channel.
namespace deai::kernels {

struct ChannelNorm {
  Index batch;
  Index pixels;
  Index channels;
  Index group = 1;  // divides channels
};

// Of each image and channel (those of one group are equal), [batch, channels]; the variance is
// biased (divided by the count).
void channel_moments(const ChannelNorm& sizes, const real* x, real* mean, real* variance);

// scale[i] = 1 / √(variance[i] + ε); may be the same place.
void inverse_deviation(const real* variance, Index count, real epsilon, real* scale);

// y = (x − mean)·scale·gamma + beta; mean, scale: [batch, channels], gamma, beta: [channels].
void channel_norm(const ChannelNorm& sizes, const real* x, const real* mean, const real* scale,
                  const real* gamma, const real* beta, real* y);

// Σ over the pixels of dy and of dy·(x − mean)·scale, each [batch, channels]: the gradients of beta
// and gamma before they are summed over the batch.
void channel_norm_sums(const ChannelNorm& sizes, const real* x, const real* mean, const real* scale,
                       const real* dy, real* sums, real* products);

// dx from these; accumulate: added to what dx holds. fixed: mean and scale did not depend on x.
// workspace: [2, batch, channels].
void channel_norm_input_gradient(const ChannelNorm& sizes, bool fixed, const real* x,
                                 const real* mean, const real* scale, const real* gamma,
                                 const real* dy, const real* sums, const real* products, real* dx,
                                 bool accumulate, real* workspace);

}  // namespace deai::kernels

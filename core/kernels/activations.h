#pragma once

#include "base/real.h"

// Functions of single elements. y = f(x); dx = dy·f'(x), with accumulate: added to what dx holds.
// A NaN stays one.
namespace deai::kernels {

using Activation = void (*)(const real* x, Index count, real* y);
// kept: x, or y where that is said.
using ActivationGradient = void (*)(const real* kept, const real* dy, Index count, real* dx,
                                    bool accumulate);

// f = eˣ (without a gradient: parts of other functions).
void exp(const real* x, Index count, real* y);

// f = 1 / (1 + e⁻ˣ); keeps y.
void sigmoid(const real* x, Index count, real* y);
void sigmoid_gradient(const real* y, const real* dy, Index count, real* dx, bool accumulate);

// Keeps y.
void tanh(const real* x, Index count, real* y);
void tanh_gradient(const real* y, const real* dy, Index count, real* dx, bool accumulate);

// f = x·Φ(x), Φ the normal distribution. …_slope: y and f'(x), which cost little more together.
void gelu(const real* x, Index count, real* y);
void gelu_slope(const real* x, Index count, real* y, real* slope);

// f = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
void gelu_tanh(const real* x, Index count, real* y);
void gelu_tanh_slope(const real* x, Index count, real* y, real* slope);

// f = x / (1 + e⁻ˣ).
void silu(const real* x, Index count, real* y);
void silu_gradient(const real* x, const real* dy, Index count, real* dx, bool accumulate);

// f = x·min(max(x + 3, 0), 6) / 6.
void hard_swish(const real* x, Index count, real* y);
void hard_swish_gradient(const real* x, const real* dy, Index count, real* dx, bool accumulate);

// f = x where x > 0, slope·x elsewhere.
void leaky_relu(const real* x, Index count, real slope, real* y);
void leaky_relu_gradient(const real* x, const real* dy, Index count, real slope, real* dx,
                         bool accumulate);

// y = factor·x; accumulate: added to what y holds.
void scale(const real* x, Index count, real factor, real* y, bool accumulate);
// y = a·b; accumulate: added to what y holds.
void multiply(const real* a, const real* b, Index count, real* y, bool accumulate);

}  // namespace deai::kernels

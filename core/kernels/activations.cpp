#include "kernels/activations.h"

#include <algorithm>

#include "kernels/lane_math.h"
#include "kernels/share.h"

namespace deai::kernels {

namespace {

constexpr real kRootTwoOverPi = real(0.79788456080286536);
constexpr real kCubic = real(0.044715);

// y = f(x) for vectors. The last of them is read whole (memory.h) and written in part: f stands in
// the program once.
template <typename Function>
void map(const real* x, Index count, real* y, const Function& f) {
  share_elements(count, [&](Index begin, Index end) {
    for (Index i = begin; i < end; i += kLanes) {
      const Lanes result = f(load(x + i));
      if (end - i >= kLanes) {
        store(y + i, result);
      } else {
        store(y + i, result, end - i);
      }
    }
  });
}

// y = f(a, b), or y + f(a, b).
template <typename Function>
void map(const real* a, const real* b, Index count, real* y, bool accumulate, const Function& f) {
  share_elements(count, [&](Index begin, Index end) {
    for (Index i = begin; i < end; i += kLanes) {
      Lanes result = f(load(a + i), load(b + i));
      if (accumulate) result += load(y + i);
      if (end - i >= kLanes) {
        store(y + i, result);
      } else {
        store(y + i, result, end - i);
      }
    }
  });
}

// y = f(x, slope).
template <typename Function>
void map_two(const real* x, Index count, real* y, real* slope, const Function& f) {
  share_elements(count, [&](Index begin, Index end) {
    Lanes derivative;
    Index i = begin;
    for (; i + kLanes <= end; i += kLanes) {
      store(y + i, f(load(x + i), derivative));
      store(slope + i, derivative);
    }
    if (i < end) {
      store(y + i, f(load(x + i, end - i), derivative), end - i);
      store(slope + i, derivative, end - i);
    }
  });
}

}  // namespace

void exp(const real* x, Index count, real* y) {
  map(x, count, y, [](Lanes v) { return exp(v); });
}

void sigmoid(const real* x, Index count, real* y) {
  map(x, count, y, [](Lanes v) { return sigmoid(v); });
}
void sigmoid_gradient(const real* y, const real* dy, Index count, real* dx, bool accumulate) {
  map(y, dy, count, dx, accumulate, [](Lanes v, Lanes given) { return given * v * (real(1) - v); });
}

void tanh(const real* x, Index count, real* y) {
  map(x, count, y, [](Lanes v) { return tanh(v); });
}
void tanh_gradient(const real* y, const real* dy, Index count, real* dx, bool accumulate) {
  map(y, dy, count, dx, accumulate, [](Lanes v, Lanes given) { return given * (real(1) - v * v); });
}

void gelu(const real* x, Index count, real* y) {
  map(x, count, y, [](Lanes v) { return v * real(0.5) * (normal_erf(v) + real(1)); });
}
// f' = Φ(x) + x·φ(x), φ(x) = e^(−x²/2) / √(2π).
void gelu_slope(const real* x, Index count, real* y, real* slope) {
  constexpr real kDensity = real(0.39894228040143268);
  map_two(x, count, y, slope, [](Lanes v, Lanes& derivative) {
    const Lanes below = (normal_erf(v) + real(1)) * real(0.5);
    derivative = below + v * (exp(v * v * real(-0.5)) * kDensity);
    return v * below;
  });
}

void gelu_tanh(const real* x, Index count, real* y) {
  map(x, count, y, [](Lanes v) {
    const Lanes t = tanh(v * (v * v * kCubic + real(1)) * kRootTwoOverPi);
    return v * real(0.5) * (t + real(1));
  });
}
// With t the tanh of u: f' = (1 + t)/2 + x/2·(1 − t²)·u'.
void gelu_tanh_slope(const real* x, Index count, real* y, real* slope) {
  map_two(x, count, y, slope, [](Lanes v, Lanes& derivative) {
    const Lanes square = v * v * kCubic;
    const Lanes t = tanh(v * (square + real(1)) * kRootTwoOverPi);
    const Lanes inner = (square * real(3) + real(1)) * kRootTwoOverPi;
    const Lanes half = v * real(0.5);
    derivative = (t + real(1)) * real(0.5) + half * (real(1) - t * t) * inner;
    return half * (t + real(1));
  });
}

void silu(const real* x, Index count, real* y) {
  map(x, count, y, [](Lanes v) { return v * sigmoid(v); });
}
// With s the sigmoid: f' = s·(1 + x·(1 − s)).
void silu_gradient(const real* x, const real* dy, Index count, real* dx, bool accumulate) {
  map(x, dy, count, dx, accumulate, [](Lanes v, Lanes given) {
    const Lanes s = sigmoid(v);
    return given * s * (v * (real(1) - s) + real(1));
  });
}

void hard_swish(const real* x, Index count, real* y) {
  map(x, count, y,
      [](Lanes v) { return v * at_most(at_least(v + real(3), 0), 6) * real(1.0 / 6); });
}
void hard_swish_gradient(const real* x, const real* dy, Index count, real* dx, bool accumulate) {
  map(x, dy, count, dx, accumulate, [](Lanes v, Lanes given) {
    const Lanes between = v * real(1.0 / 3) + real(0.5);
    return given * (v < real(-3) ? Lanes{} : (v > real(3) ? Lanes{} + real(1) : between));
  });
}

void leaky_relu(const real* x, Index count, real slope, real* y) {
  map(x, count, y, [slope](Lanes v) { return v > 0 ? v : v * slope; });
}
void leaky_relu_gradient(const real* x, const real* dy, Index count, real slope, real* dx,
                         bool accumulate) {
  map(x, dy, count, dx, accumulate,
      [slope](Lanes v, Lanes given) { return v > 0 ? given : given * slope; });
}

void scale(const real* x, Index count, real factor, real* y, bool accumulate) {
  map(x, x, count, y, accumulate, [factor](Lanes v, Lanes) { return v * factor; });
}
void multiply(const real* a, const real* b, Index count, real* y, bool accumulate) {
  map(a, b, count, y, accumulate, [](Lanes v, Lanes w) { return v * w; });
}

}  // namespace deai::kernels

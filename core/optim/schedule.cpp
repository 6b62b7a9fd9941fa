#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace deai::optim {
namespace {

// (1 + cos(π·share)) / 2 for a share in [0, 1], to 1e-11: by the sine's series, as the library's
// cosine has other last bits on other machines. cos(π·share) = −sin(π·(share − ½)).
double falling(double share) {
  const double x = std::numbers::pi * (share - 0.5);
  double term = x;
  double sine = x;
  for (int power = 3; power <= 17; power += 2) {
    term *= -x * x / (power * (power - 1));
    sine += term;
  }
  return (1 - sine) / 2;
}

double between(double from, double to, double share) {
  return to + (from - to) * falling(std::clamp(share, 0.0, 1.0));
}

// By squaring: whole powers, by products alone.
double power(double base, double exponent) {
  double result = 1;
  for (; exponent >= 1; exponent = std::floor(exponent / 2), base *= base) {
    if (std::fmod(exponent, 2) == 1) result *= base;
  }
  return result;
}

}  // namespace

double factor_at(const Schedule& schedule, double step) {
  if (step < schedule.warm_up) return (step + 1) / schedule.warm_up;
  const double at = step - schedule.warm_up;
  const double steps = std::max(1.0, schedule.steps - schedule.warm_up);
  switch (schedule.kind) {
    case Schedule::Kind::kStep:
      return power(schedule.factor, std::floor(at / schedule.every));
    case Schedule::Kind::kCosine:
      return between(1, schedule.last, at / steps);
    case Schedule::Kind::kOneCycle: {
      const double top = schedule.rise * steps - 1;
      if (at < top) return between(schedule.first, 1, at / top);
      return between(1, schedule.last, (at - top) / std::max(1.0, steps - 1 - top));
    }
    case Schedule::Kind::kConstant:
      break;
  }
  return 1;
}

}  // namespace deai::optim

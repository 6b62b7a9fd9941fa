#pragma once

#include <span>

namespace deai::codec {

// Over all values, in an order that is the same on every machine.
float largest(std::span<const float> values);        // max |v|; NaN where one of them is
double sum_of_sizes(std::span<const float> values);  // Σ |v|
double sum_of_squares(std::span<const float> values);
double dot(std::span<const float> a, std::span<const float> b);

}  // namespace deai::codec

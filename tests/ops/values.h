#pragma once

#include <cmath>
#include <initializer_list>

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "tensor/tensor.h"

namespace deai::ops::test {

inline tensor::Tensor values(const Shape& shape, std::initializer_list<real> numbers) {
  return tensor::Tensor::copy_of(shape, std::span<const real>(numbers.begin(), numbers.size()));
}

inline void require_values(const tensor::Tensor& got, std::initializer_list<double> expected,
                           double tolerance = 1e-6) {
  REQUIRE(got.span().size() == expected.size());
  std::size_t place = 0;
  for (const double value : expected) {
    INFO("element " << place);
    REQUIRE(std::abs(static_cast<double>(got.span()[place++]) - value) <= tolerance);
  }
}

// The call fails with a message that names the op and holds the given parts.
template <typename Call>
void require_refusal(Call call, ErrorCode code, std::initializer_list<std::string_view> parts) {
  try {
    call();
    FAIL("did not throw");
  } catch (const Error& error) {
    INFO(error.text());
    REQUIRE(error.code() == code);
    for (const std::string_view part : parts) REQUIRE(error.text().find(part) != std::string::npos);
  }
}

}  // namespace deai::ops::test

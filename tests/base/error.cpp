#include "base/error.h"

#include <limits>

#include <catch2/catch_test_macros.hpp>

namespace {

using namespace deai;

}  // namespace

TEST_CASE("text joins words and numbers") {
  REQUIRE(text("row ", 3, ": ", 0.5, ' ', std::string("x"), ' ', -7L) == "row 3: 0.5 x -7");
  REQUIRE(text(std::numeric_limits<double>::quiet_NaN(), ' ',
               -std::numeric_limits<double>::infinity()) == "nan -inf");
}

TEST_CASE("an error carries its code and its text") {
  try {
    fail(ErrorCode::kData, "no column");
    FAIL("did not throw");
  } catch (const Error& error) {
    REQUIRE(error.code() == ErrorCode::kData);
    REQUIRE(code_name(error.code()) == "data");
    REQUIRE(error.text() == "no column");
  }
}

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

TEST_CASE("exact text has the fewest digits that read back") {
  REQUIRE(exact_text(0.0) == "0e+00");
  REQUIRE(exact_text(1.0) == "1e+00");
  REQUIRE(exact_text(-0.1) == "-1e-01");
  REQUIRE(exact_text(29.3973) == "2.93973e+01");
  REQUIRE(exact_text(0.1 + 0.2) == "3.0000000000000004e-01");
  REQUIRE(exact_text(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  REQUIRE(exact_text(std::numeric_limits<double>::denorm_min()) == "5e-324");
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

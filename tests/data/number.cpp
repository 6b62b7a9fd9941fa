#include "data/number.h"

#include <catch2/catch_test_macros.hpp>

using deai::data::read_number;
using deai::data::trimmed;

TEST_CASE("read_number reads decimal numbers") {
  CHECK(read_number("7") == 7.0);
  CHECK(read_number("-0.5") == -0.5);
  CHECK(read_number("+3.") == 3.0);
  CHECK(read_number(".25") == 0.25);
  CHECK(read_number("1e-3") == 0.001);
  CHECK(read_number("6.02E+23") == 6.02e23);
  CHECK(read_number("0.1") == 0.1);
  CHECK(read_number("123456789012345678901234567890") == 123456789012345678901234567890.0);
}

TEST_CASE("read_number refuses everything else") {
  for (const char* text : {"", "-", ".", "e5", "1e", "1e+", "inf", "nan", "0x10", "1,5", "1 2",
                           " 1", "1 ", "7m", "--1", "1e999", "1.2.3"}) {
    INFO('"' << text << '"');
    CHECK_FALSE(read_number(text).has_value());
  }
  CHECK_FALSE(read_number(std::string_view("1\0", 2)).has_value());
  CHECK_FALSE(read_number(std::string(65, '1')).has_value());
}

TEST_CASE("trimmed removes what stands around a cell") {
  CHECK(trimmed(" a b\t\r\n") == "a b");
  CHECK(trimmed("a") == "a");
  CHECK(trimmed(" \t ").empty());
  CHECK(trimmed("").empty());
}

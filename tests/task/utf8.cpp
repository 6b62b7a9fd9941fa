#include "task/utf8.h"

#include <catch2/catch_test_macros.hpp>

namespace {

using deai::task::next_character;

}  // namespace

TEST_CASE("characters of one to four bytes are read one after the other") {
  std::string_view rest = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  for (const char32_t expected : {U'a', U'é', U'€', U'😀'}) {
    REQUIRE_FALSE(rest.empty());
    CHECK(next_character(rest) == expected);
  }
  CHECK(rest.empty());
}

TEST_CASE("bytes that are no UTF-8 are refused and stay") {
  for (const std::string_view bytes : {"\x80",              // goes on without a beginning
                                       "\xC3",              // ends too early
                                       "\xC3\x28",          // does not go on
                                       "\xC0\x80",          // 0 in two bytes
                                       "\xE0\x80\xAF",      // '/' in three
                                       "\xED\xA0\x80",      // a surrogate
                                       "\xF4\x90\x80\x80",  // above U+10FFFF
                                       "\xF8\x88\x80\x80\x80", "\xFF"}) {
    std::string_view rest = bytes;
    CHECK_FALSE(next_character(rest));
    CHECK(rest == bytes);
  }
}

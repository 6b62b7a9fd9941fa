#include "secure/hash.h"

#include <catch2/catch_test_macros.hpp>

#include "support/hex.h"

using namespace deai;

TEST_CASE("BLAKE2b-256 gives the known answers") {
  const Bytes abc = {'a', 'b', 'c'};
  CHECK(test::to_hex(secure::hash(abc)) ==
        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  CHECK(test::to_hex(secure::hash({})) ==
        "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

TEST_CASE("A hash in pieces is the hash of the whole") {
  Bytes bytes(1000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{128}, bytes.size()}) {
    secure::Hasher hasher;
    hasher.add(ByteView(bytes).first(cut));
    hasher.add(ByteView(bytes).subspan(cut));
    CHECK(hasher.finish() == secure::hash(bytes));
  }
}

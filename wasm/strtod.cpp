// libc's strtod, by the host's: a page has one, and libc's, with its arithmetic of 128 bits, would be 6 kB more to load.
// Both round to the nearest double. The core hands in what it has checked to be a decimal number (data/number.cpp,
// yyjson, base/error.cpp), so the longest number at the text's begin need not be looked for as carefully as libc does.
#include <emscripten.h>

#include <cstdlib>
#include <cstring>

EM_JS(double, deai_number, (const char* text, int length),
      { return Number(UTF8ToString(text, length)); });

extern "C" double __wrap_strtod(const char* text, char** end) {
  const std::size_t length = std::strspn(text, "+-.0123456789eE");
  if (end != nullptr) *end = const_cast<char*>(text) + length;
  return deai_number(text, static_cast<int>(length));
}

// libc's snprintf, by the host's decimals: libc's would be 8 kB of code for the two formats that base/error.cpp has,
// "%.6g" and "%.*e" (the fewest digits that read back), with the same texts to the last digit, as hashes of tasks hang
// on them. JavaScript rounds a tie away from zero where C takes the even digit, hence the second look.
#include <emscripten.h>

#include <cstdarg>
#include <cstddef>

// Writes value with so many decimals and an exponent of at least two digits, or, if general, as %g: the digits without
// zeros behind, and no exponent from 1e-4 on up to 10^(decimals + 1). Returns the length; size is room enough for both.
// clang-format off
EM_JS(int, deai_decimals, (char* out, int size, double value, int decimals, int general), {
  const name = isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  if (!isFinite(value)) return stringToUTF8(name, out, size);
  let [digits, exponent] = value.toExponential(decimals).split("e");
  // All digits of what lies half-way between two texts are among these.
  const [exact] = value.toExponential(decimals + 25).split("e");
  const cut = exact.slice(0, exact.indexOf(".") + 1 + decimals).replace(new RegExp("[.]$"), "");
  if (new RegExp("^50*$").test(exact.slice(exact.length - 25)) && "02468".includes(cut.at(-1))) digits = cut;
  exponent = Number(exponent);
  if (Object.is(value, -0)) digits = "-" + digits;
  if (general && exponent >= -4 && exponent <= decimals) {
    digits = Number(digits + "e" + exponent).toFixed(decimals - exponent);
    if (Object.is(value, -0)) digits = "-" + digits;
  }
  if (general && digits.includes(".")) digits = digits.replace(new RegExp("[.]?0+$"), "");
  if (!general || exponent < -4 || exponent > decimals) {
    digits += (exponent < 0 ? "e-" : "e+") + String(Math.abs(exponent)).padStart(2, "0");
  }
  return stringToUTF8(digits, out, size);
});
// clang-format on

extern "C" int __wrap_snprintf(char* out, std::size_t size, const char* format, ...) {
  const bool general = format[2] == '6' && format[3] == 'g';
  // Whoever needs a third format has to write it here.
  if (!general && (format[2] != '*' || format[3] != 'e')) __builtin_trap();
  va_list values;
  va_start(values, format);
  const int decimals = general ? 5 : va_arg(values, int);
  const double value = va_arg(values, double);
  va_end(values);
  return deai_decimals(out, static_cast<int>(size), value, decimals, general);
}

#include "codec/codec.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "codec/error_feedback.h"
#include "codec/f16.h"
#include "codec/f32.h"
#include "codec/integers.h"
#include "codec/low_rank.h"
#include "codec/qsgd.h"
#include "codec/random_k.h"
#include "codec/sign.h"
#include "codec/top_k.h"

namespace deai::codec {

namespace {

using Make = std::unique_ptr<Codec> (*)(const Settings&, std::uint32_t);

struct Row {
  std::string_view name;
  std::uint32_t least;  // of the number behind the name; 0: there is none
  std::uint32_t most;
  Make make;
};

template <typename Made>
std::unique_ptr<Codec> made(Made codec) {
  return std::make_unique<Made>(std::move(codec));
}

constexpr std::array<Row, 10> kRows = {{
    {"f32", 0, 0, [](const Settings&, std::uint32_t) { return made(F32()); }},
    {"f16", 0, 0, [](const Settings&, std::uint32_t) { return made(F16()); }},
    {"int8", 0, 0, [](const Settings& s, std::uint32_t) { return made(Integers(8, s)); }},
    {"int4", 0, 0, [](const Settings& s, std::uint32_t) { return made(Integers(4, s)); }},
    {"sign", 0, 0, [](const Settings& s, std::uint32_t) { return made(Sign(s)); }},
    {"top_k", 1, 1u << 24, [](const Settings& s, std::uint32_t n) { return made(TopK(n, s)); }},
    {"random_k", 1, 1u << 24,
     [](const Settings& s, std::uint32_t n) { return made(RandomK(n, s)); }},
    {"qsgd", 1, 1u << 14,
     [](const Settings& s, std::uint32_t n) { return made(Qsgd(n, false, s)); }},
    {"qsgd_biased", 1, 1u << 14,
     [](const Settings& s, std::uint32_t n) { return made(Qsgd(n, true, s)); }},
    {"low_rank", 1, 256, [](const Settings& s, std::uint32_t n) { return made(LowRank(n, s)); }},
}};

// -1 where it is no whole number that fits the row.
std::int64_t number_behind(std::string_view name, const Row& row) {
  if (name.size() == row.name.size()) return row.least == 0 ? 0 : -1;
  if (row.least == 0 || name[row.name.size()] != '/') return -1;
  std::int64_t number = 0;
  for (const char digit : name.substr(row.name.size() + 1)) {
    if (digit < '0' || digit > '9' || number > row.most) return -1;
    number = number * 10 + (digit - '0');
  }
  return number >= row.least && number <= row.most ? number : -1;
}

}  // namespace

std::unique_ptr<Codec> make_any(std::string_view name, const Settings& settings) {
  constexpr std::string_view kFeedback = "+ef";
  if (name.ends_with(kFeedback)) {
    name.remove_suffix(kFeedback.size());
    return std::make_unique<ErrorFeedback>(make_any(name, settings));
  }
  for (const Row& row : kRows) {
    if (!name.starts_with(row.name)) continue;
    const std::int64_t number = number_behind(name, row);
    if (number >= 0) return row.make(settings, static_cast<std::uint32_t>(number));
  }
  fail(ErrorCode::kTask,
       text("exchange.codec is \"", name,
            "\", expected one of: f32, f16, int8, int4, sign, top_k/N, random_k/N, qsgd/LEVELS, "
            "qsgd_biased/LEVELS, low_rank/RANK, each also with +ef"));
}

}  // namespace deai::codec

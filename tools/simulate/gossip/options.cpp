#include "options.h"

#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace deai::simulate::gossip {

const char* const kOptionsUsage =
    "       simulate --scheme SCHEME [OPTION VALUE]...   (tools/simulate/gossip/README.md)\n";

namespace {

struct Row {
  std::string_view name;
  std::string Options::* words = nullptr;
  std::uint32_t Options::* number = nullptr;
  double Options::* real = nullptr;
};

constexpr Row kRows[] = {
    {"--scheme", &Options::scheme},
    {"--topology", &Options::topology},
    {"--edges", &Options::edges},
    {"--codec", &Options::codec},
    {"--task", &Options::task},
    {"--samples-of", &Options::samples_of},
    {"--partition", &Options::partition},
    {"--svg", &Options::svg},
    {"--momentum", &Options::momentum},
    {"--values", &Options::values},
    {"--participants", nullptr, &Options::participants},
    {"--rounds", nullptr, &Options::rounds},
    {"--local-steps", nullptr, &Options::local_steps},
    {"--batch-size", nullptr, &Options::batch_size},
    {"--rank", nullptr, &Options::rank},
    {"--iterations", nullptr, &Options::iterations},
    {"--bits", nullptr, &Options::bits},
    {"--evaluate", nullptr, &Options::evaluate},
    {"--threads", nullptr, &Options::threads},
    {"--held-out", nullptr, &Options::held_out},
    {"--samples", nullptr, &Options::samples},
    {"--rows", nullptr, &Options::rows},
    {"--columns", nullptr, &Options::columns},
    {"--step", nullptr, nullptr, &Options::step},
    {"--learning-rate", nullptr, nullptr, &Options::learning_rate},
    {"--lost", nullptr, nullptr, &Options::lost},
    {"--outer-rate", nullptr, nullptr, &Options::outer_rate},
    {"--proximal", nullptr, nullptr, &Options::proximal},
};

[[noreturn]] void refuse(const std::string& name, const std::string& expected) {
  fail(ErrorCode::kArgument, text("simulate: ", name, ": expected ", expected));
}

double number_of(const std::string& name, const char* value, bool whole) {
  char* end = nullptr;
  const double number = std::strtod(value, &end);
  const bool fits = end != value && *end == '\0' && number >= 0 &&
                    (!whole || (number < 4294967296.0 &&
                                number == static_cast<double>(static_cast<std::uint64_t>(number))));
  if (!fits) refuse(name, text(whole ? "a whole number" : "a number", ", found ", value));
  return number;
}

void check(const Options& options) {
  if (options.participants == 0) refuse("--participants", "at least 1");
  if (options.rounds == 0) refuse("--rounds", "at least 1");
  if (options.local_steps == 0) refuse("--local-steps", "at least 1");
  if (options.bits < 2 || options.bits > 16) refuse("--bits", "2 to 16");
  if (options.iterations == 0) refuse("--iterations", "at least 1");
  if (options.momentum != "local" && options.momentum != "none" &&
      options.momentum != "quasi_global") {
    refuse("--momentum", "local, none or quasi_global");
  }
  if (options.values != "normal" && options.values != "low_rank") {
    refuse("--values", "normal or low_rank");
  }
}

}  // namespace

Options read_options(int count, char** words) {
  Options options;
  for (int at = 1; at < count; ++at) {
    const std::string name = words[at];
    if (name == "--json") {
      options.json = true;
      continue;
    }
    if (name == "--decay") {
      options.decay = true;
      continue;
    }
    if (name == "--cold") {
      options.warm = false;
      continue;
    }
    if (at + 1 == count) refuse(name, "a value");
    const char* const value = words[++at];
    if (name == "--seed") {
      options.seed = static_cast<std::uint64_t>(number_of(name, value, true));
      continue;
    }
    const Row* found = nullptr;
    for (const Row& row : kRows) {
      if (row.name == name) found = &row;
    }
    if (found == nullptr) refuse(name, "an option of tools/simulate/gossip/README.md");
    if (found->words != nullptr) options.*found->words = value;
    if (found->number != nullptr) {
      options.*found->number = static_cast<std::uint32_t>(number_of(name, value, true));
    }
    if (found->real != nullptr) options.*found->real = number_of(name, value, false);
  }
  check(options);
  return options;
}

}  // namespace deai::simulate::gossip

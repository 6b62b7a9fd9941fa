#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "simulate/gossip/options.h"
#include "simulate/gossip/tasks.h"
#include "support/errors.h"
#include "support/files.h"
#include "task/json.h"

using namespace deai;
namespace gossip = simulate::gossip;

namespace {

gossip::Options options_of(const std::string& line) {
  std::vector<std::string> words{"simulate"};
  for (const char c : line + ' ') {
    if (c != ' ') {
      if (words.size() == 1 || words.back().back() == '\0') words.emplace_back();
      words.back() += c;
    } else if (words.size() > 1 && words.back().back() != '\0') {
      words.back() += '\0';  // ends the word
    }
  }
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  return gossip::read_options(static_cast<int>(pointers.size()), pointers.data());
}

std::string json_of(const std::string& line) {
  const gossip::Options options = options_of(line);
  gossip::Workers workers(options.threads);
  return gossip::json_of(options, options.task == "consensus"
                                      ? gossip::run_consensus(options, workers)
                                      : gossip::run_training(options, workers));
}

}  // namespace

TEST_CASE("the same command prints the same JSON, whatever the threads") {
  const std::string consensus =
      "--task consensus --participants 6 --rounds 12 --rows 9 --columns 7 --scheme ";
  const std::string titanic =
      "--task titanic --participants 4 --rounds 6 --samples 200 --held-out 50 --evaluate 3 "
      "--scheme ";
  for (const std::string& line : {
           consensus + "plain --topology star",
           consensus + "choco --codec sign",
           consensus + "power --topology random_regular/3",
           consensus + "swarm --lost 0.2",
           titanic + "choco --codec random_k/10 --step 0.1 --partition sorted",
           titanic + "relay --topology tree --local-steps 2 --momentum quasi_global",
           titanic + "fedadam --local-steps 3 --partition dirichlet:0.3",
           titanic + "ef21 --codec top_k/4",
       }) {
    CAPTURE(line);
    const std::string once = json_of(line + " --threads 1");
    CHECK(once == json_of(line + " --threads 3"));
    CHECK(once != json_of(line + " --threads 1 --seed 2"));
    // One line that is JSON, with as many measurements as were wanted.
    const task::json::Document document(once, {"report", ErrorCode::kData}, once.size());
    CHECK(document.root().member("measured").items(1, 100).size() >= 2);
    CHECK(once.find('\n') == std::string::npos);
  }
}

TEST_CASE("averaging brings all to their mean") {
  for (const std::string scheme : {"plain", "exponential", "choco --codec sign"}) {
    gossip::Options options = options_of(
        "--task consensus --participants 8 --rounds 300 --rows 5 --columns 5 --scheme " + scheme);
    gossip::Workers workers(2);
    const gossip::Report report = gossip::run_consensus(options, workers);
    REQUIRE(report.reached.size() == 2);
    CHECK(report.reached[0].rounds < report.reached[1].rounds + 1);
    CHECK(report.measured.back().consensus <= 1e-5 * report.measured.front().consensus);
    CHECK_FALSE(report.diverged);
  }
}

// Koloskova et al. 2019 and Vogels et al. 2020 on a ring of eight, matrices of 100 x 100; the bytes are
// those of a second implementation, with draws of its own.
TEST_CASE("consensus costs what it costs elsewhere, within a tenth") {
  struct Row {
    std::string options;
    double bytes;
  };
  gossip::Workers workers(2);
  for (const Row& row : {
           Row{"--scheme plain --values normal", 880'000},
           Row{"--scheme power --values low_rank", 152'000},
           Row{"--scheme choco --codec sign --step 1 --values normal", 70'224},
           Row{"--scheme choco --codec sign --step 1 --values low_rank", 72'732},
           Row{"--scheme choco --codec top_k/100 --step 0.04 --values low_rank", 814'400},
       }) {
    CAPTURE(row.options);
    const gossip::Report report = gossip::run_consensus(
        options_of("--task consensus --participants 8 --rounds 600 --evaluate 600 " + row.options),
        workers);
    CHECK(report.reached[0].bytes > 0.9 * row.bytes);
    CHECK(report.reached[0].bytes < 1.1 * row.bytes);
  }
  CHECK(gossip::run_consensus(options_of("--task consensus --participants 8 --rounds 200 --scheme "
                                         "choco --codec top_k/100 --step 1"),
                              workers)
            .diverged);
}

TEST_CASE("options: what was expected is said") {
  using support::error_of;
  CHECK(options_of("--scheme choco --seed 9 --cold --rounds 7").rounds == 7);
  CHECK(error_of([] { options_of("--rounds"); }) ==
        "argument: simulate: --rounds: expected a value");
  CHECK(error_of([] { options_of("--rounds 1.5"); }) ==
        "argument: simulate: --rounds: expected a whole number, found 1.5");
  CHECK(error_of([] { options_of("--speed 3"); }).starts_with("argument: simulate: --speed: "));
  CHECK(error_of([] { options_of("--rounds 0"); }) ==
        "argument: simulate: --rounds: expected at least 1");
  CHECK(error_of([] { options_of("--bits 17"); }).ends_with("expected 2 to 16"));
}

TEST_CASE("the ready experiments have options that are known") {
  const std::string folder = "tools/simulate/gossip/experiments";
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path());
    const std::string text = support::read_text(entry.path().string());
    const task::json::Document document(text, {"experiment", ErrorCode::kData}, text.size());
    const std::string common = document.root().member("common").text(1, 1000);
    for (const auto& [name, row] : document.root().member("rows").members()) {
      CHECK_NOTHROW(options_of(common + ' ' + row.text(1, 1000)));
      ++found;
    }
  }
  CHECK(found > 20);
}

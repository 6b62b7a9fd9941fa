#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <deque>

#include "gossip/scheme.h"

using namespace deai;

namespace {

struct End {
  std::unique_ptr<gossip::Scheme> scheme;
  std::vector<float> x;
  std::deque<std::vector<gossip::Message>> to_come;  // one entry a turn
};

End end_of(std::uint64_t seed, float value) {
  gossip::Settings settings;
  settings.scheme = "swarm";
  settings.layout = {{4, 4}};
  const std::vector<float> beginning(16);
  settings.beginning = beginning;
  settings.seed = seed;
  End end{gossip::make(settings), std::vector<float>(16, value), {}};
  end.scheme->join({1, 0.5, 7, seed == 1, false});
  return end;
}

// What is sent arrives so many turns later. Every so many turns the other one asks, too.
float apart_after(std::size_t turns, std::size_t late, std::size_t other_asks) {
  End ends[] = {end_of(1, 1.0f), end_of(2, -1.0f)};
  for (End& end : ends) end.to_come.resize(late + 1);
  for (std::uint32_t turn = 0; turn < turns; ++turn) {
    for (End& end : ends) {
      std::vector<gossip::Message> out;
      const bool quick = &end == ends;
      if (quick || turn % other_asks == 0) end.scheme->send(turn, 0, end.x, out);
      for (gossip::Message& message : end.to_come.front()) {
        message.peer = 1;
        CHECK(end.scheme->receive(message, end.x, out) != gossip::Verdict::kRefused);
      }
      end.to_come.pop_front();
      end.to_come.emplace_back();
      End& other = ends[&end == ends ? 1 : 0];
      auto& arriving = other.to_come.back();
      arriving.insert(arriving.end(), out.begin(), out.end());
    }
  }
  float most = 0;
  for (std::size_t i = 0; i < 16; ++i)
    most = std::max(most, std::fabs(ends[0].x[i] - ends[1].x[i]));
  return most;
}

}  // namespace

TEST_CASE("swarm: a pair meets also where answers take longer than a turn") {
  for (const std::size_t late : {1u, 3u, 10u}) {
    CAPTURE(late);
    CHECK(apart_after(60 * late, late, 2 * late + 3) < 0.1f);
  }
}

TEST_CASE("swarm: a pair meets also where both ask at the same time, every time") {
  for (const std::size_t late : {0u, 1u, 3u, 10u}) {
    CAPTURE(late);
    CHECK(apart_after(60 * (late + 1), late, 1) < 0.1f);
  }
}

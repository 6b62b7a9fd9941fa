#include "task_cost.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "machines.h"
#include "matchmaker.h"
#include "signatures.h"

namespace deai::simulate {

namespace {

constexpr std::uint64_t kSizes[] = {10, 30, 100, 300, 1'000};
constexpr std::size_t kMostInMesh = 100;
constexpr std::uint64_t kRounds = 5;  // that are measured, after two of settling
constexpr std::uint32_t kRings = 2;
constexpr struct Kind {
  const char* name;
  const char* colour;
} kKinds[] = {{"star", "#06c"}, {"mesh", "#c30"}, {"sparse mesh", "#080"}};
enum Which { kStar, kMesh, kSparse };

// Of a participant and round, on average.
struct Cost {
  std::size_t participants = 0;
  double sent = 0;
  double received = 0;
  double frames = 0;     // that it sends or gets
  double links = 0;      // that it has
  double hub_bytes = 0;  // of a star's server, a round
};

class Room {
 public:
  Room(const CostConfig& config, Which kind, std::size_t participants)
      : members_(participants), world_(config.seed, {}) {
    protocol::Terms terms = synthetic_terms(config.weights);
    terms.mode = kind == kStar ? protocol::Mode::kFederated : protocol::Mode::kDecentralized;
    terms.max_participants = static_cast<std::uint32_t>(participants);
    terms.tensors = {{config.weights, 1}};
    terms.deadline_ms = 30'000;
    // Whom a gossiper sees is who it is linked with; with min_participants all: no round is smaller.
    terms.min_participants = kind == kSparse ? kRings : terms.max_participants;
    if (kind == kSparse) {
      terms.gossip.scheme = "plain";
      terms.gossip.topology = "random_regular/4";
    }
    for (std::size_t i = 0; i < participants; ++i) {
      world_.add(std::make_unique<MemberMachine>(terms, i + (config.seed << 20), 0), 50);
    }
    if (kind == kStar) world_.add(std::make_unique<HubMachine>(terms, config.seed << 21), 0);
    connect(kind, config.seed);
    world_.on_frame = [this](std::size_t from, std::size_t to, ByteView frame) {
      const std::size_t ends = (from < members_) + (to < members_);
      frames_ += ends;
      sent_ += from < members_ ? frame.size() : 0;
      received_ += to < members_ ? frame.size() : 0;
      if (from == members_ || to == members_) hub_bytes_ += frame.size();
    };
  }

  Cost measure() {
    for (std::size_t i = 0; i < members_; ++i) {
      world_.call(i, [&](Machine&, Milliseconds now) { return member(i).run({}, now); });
    }
    until(2);
    frames_ = sent_ = received_ = hub_bytes_ = 0;
    const std::uint64_t from = rounds();
    until(from / members_ + kRounds);
    const auto share = static_cast<double>(rounds() - from);
    Cost cost;
    cost.participants = members_;
    cost.sent = static_cast<double>(sent_) / share;
    cost.received = static_cast<double>(received_) / share;
    cost.frames = static_cast<double>(frames_) / share;
    cost.links = static_cast<double>(link_ends_) / static_cast<double>(members_);
    cost.hub_bytes = static_cast<double>(hub_bytes_) * static_cast<double>(members_) / share;
    return cost;
  }

 private:
  protocol::TrainingNode& member(std::size_t i) {
    return dynamic_cast<MemberMachine&>(world_.machine(i)).member;
  }

  void link(std::size_t a, std::size_t b) {
    world_.connect(a, b, b == members_);
    link_ends_ += b == members_ ? 1 : 2;
  }

  void connect(Which kind, std::uint64_t seed) {
    Matchmaker matchmaker(kRings, seed);
    for (std::size_t a = 0; a < members_; ++a) {
      matchmaker.join(a);
      if (kind == kStar) link(a, members_);
      for (std::size_t b = 0; b < a && kind == kMesh; ++b) link(a, b);
    }
    if (kind != kSparse) return;
    for (const auto& [a, b] : matchmaker.pairs()) link(a, b);
  }

  // Of all members together.
  std::uint64_t rounds() {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < members_; ++i) sum += member(i).head().round;
    return sum;
  }

  void until(std::uint64_t round) {
    const bool ended = world_.run_until(
        [&] {
          for (std::size_t i = 0; i < members_; ++i) {
            if (member(i).head().round < round) return false;
          }
          return true;
        },
        600'000);
    if (!ended || !world_.violations().empty()) {
      fail(ErrorCode::kInternal, text("a room of ", members_, " does not get to round ", round));
    }
  }

  std::size_t members_;
  World world_;
  std::uint64_t frames_ = 0, sent_ = 0, received_ = 0, hub_bytes_ = 0;
  std::size_t link_ends_ = 0;
};

// Bytes that a participant sends and gets in a round against the room's size, both in logarithms.
std::string drawn(const std::vector<Cost> (&costs)[3]) {
  double low = 1e300, high = 0, most = 10;
  for (const auto& kind : costs) {
    for (const Cost& cost : kind) {
      low = std::min(low, cost.sent + cost.received);
      high = std::max(high, cost.sent + cost.received);
      most = std::max(most, static_cast<double>(cost.participants));
    }
  }
  const double bottom = std::floor(std::log10(low)), top = std::ceil(std::log10(high));
  const auto x_of = [&](double participants) {
    return 70 + 480 * (std::log10(participants) - 1) / std::max(std::log10(most) - 1, 1e-9);
  };
  const auto y_of = [&](double bytes) {
    return 300 - 260 * (std::log10(bytes) - bottom) / std::max(top - bottom, 1e-9);
  };
  std::string svg =
      "<svg xmlns='http://www.w3.org/2000/svg' width='700' height='360' font-family='sans-serif' "
      "font-size='12'>\n<rect width='700' height='360' fill='white'/>\n"
      "<text x='70' y='24'>Bytes that a participant sends and gets in a round, against "
      "participants</text>\n";
  char line[300];
  for (double power = bottom; power <= top; ++power) {
    const double y = y_of(std::pow(10, power));
    std::snprintf(line, sizeof line,
                  "<line x1='70' x2='550' y1='%.1f' y2='%.1f' stroke='#ddd'/>\n<text x='64' "
                  "y='%.1f' text-anchor='end'>10^%.0f</text>\n",
                  y, y, y + 4, power);
    svg += line;
  }
  for (const std::uint64_t size : kSizes) {
    if (static_cast<double>(size) > most) continue;
    std::snprintf(line, sizeof line, "<text x='%.1f' y='320' text-anchor='middle'>%llu</text>\n",
                  x_of(static_cast<double>(size)), static_cast<unsigned long long>(size));
    svg += line;
  }
  for (std::size_t kind = 0; kind < 3; ++kind) {
    if (costs[kind].empty()) continue;
    svg +=
        text("<polyline fill='none' stroke-width='2' stroke='", kKinds[kind].colour, "' points='");
    double x = 0, y = 0;
    for (const Cost& cost : costs[kind]) {
      x = x_of(static_cast<double>(cost.participants));
      y = y_of(cost.sent + cost.received);
      std::snprintf(line, sizeof line, "%.1f,%.1f ", x, y);
      svg += line;
    }
    std::snprintf(line, sizeof line, "'/>\n<text x='%.1f' y='%.1f' fill='%s'>%s</text>\n", x + 6,
                  y + 4, kKinds[kind].colour, kKinds[kind].name);
    svg += line;
  }
  return svg + "</svg>\n";
}

void write(const std::string& name, const std::string& content) {
  std::FILE* const file = std::fopen(name.c_str(), "wb");
  if (file == nullptr || std::fwrite(content.data(), 1, content.size(), file) != content.size() ||
      std::fclose(file) != 0) {
    fail(ErrorCode::kFile, text("simulate: cannot write ", name));
  }
}

}  // namespace

int run_cost(const CostConfig& config) {
  use_stand_in_signatures();  // of the same size
  std::vector<Cost> costs[3];
  for (const Which kind : {kStar, kMesh, kSparse}) {
    for (const std::uint64_t size : kSizes) {
      if (size > config.participants || (kind == kMesh && size > kMostInMesh)) continue;
      const Cost cost = Room(config, kind, size).measure();
      costs[kind].push_back(cost);
      std::printf(
          "{\"room\":\"%s\",\"participants\":%zu,\"sent_bytes\":%.0f,\"received_bytes\":%.0f,"
          "\"frames\":%.1f,\"links\":%.1f,\"server_bytes\":%.0f}\n",
          kKinds[kind].name, cost.participants, cost.sent, cost.received, cost.frames, cost.links,
          cost.hub_bytes);
      std::fflush(stdout);
    }
  }
  if (!config.svg.empty()) write(config.svg, drawn(costs));
  return 0;
}

}  // namespace deai::simulate

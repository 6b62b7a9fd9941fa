#include "task/parse.h"

#include "task/heap_sort.h"
#include "task/training_kinds.h"

namespace deai::task {
namespace {

constexpr std::size_t kMaxTaskBytes = 256 * 1024;

std::string read_id(const json::Value& value) {
  const std::string id = value.text(1, 64);
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (!plain) value.refuse("only the characters a-z, 0-9, _ and -");
  return id;
}

// What a scheme has settings for, and what they are when left out.
struct SchemeRow {
  std::string_view name;
  std::string_view codec;     // empty: it has its own way
  std::string_view topology;  // empty: it has none to choose
  bool power = false;
  bool swarm = false;
};

// A graph in which each has four neighbours: the full one up to five members.
constexpr std::string_view kSparse = "random_regular/4";
constexpr SchemeRow kSchemes[] = {
    {"mean", "f32", ""},          {"plain", "f32", kSparse},           {"choco", "sign", kSparse},
    {"power", "", kSparse, true}, {"swarm", "", kSparse, false, true}, {"relay", "", "tree"},
    {"exponential", "", ""},
};

void read_topology(const json::Value& value, const SchemeRow& row, Exchange& exchange) {
  const std::string name = value.text(1, 64);
  std::vector<std::string_view> known{"star", "tree", "chain"};
  if (row.name != "relay") {
    constexpr std::string_view kRandom = "random_regular/";
    if (name.size() == kRandom.size() + 1 && name.starts_with(kRandom) && name.back() >= '2' &&
        name.back() <= '7') {
      exchange.topology = name;
      return;
    }
    known = {"full", "ring", "torus", "star", "tree", "chain", "exponential", "random_regular/4"};
  }
  if (std::find(known.begin(), known.end(), name) == known.end()) refuse_word(value, known);
  exchange.topology = name;
}

void read_scheme(const json::Fields& fields, Exchange& exchange) {
  if (fields["scheme"].present()) exchange.scheme = fields["scheme"].text(1, 64);
  const SchemeRow* row = nullptr;
  std::vector<std::string_view> names;
  for (const SchemeRow& one : kSchemes) {
    if (one.name == exchange.scheme) row = &one;
    names.push_back(one.name);
  }
  if (row == nullptr) refuse_word(fields["scheme"], names);
  const auto given = [&](std::string_view name, bool has) {
    const json::Value value = fields[name];
    if (value.present() && !has) value.fail(text("the scheme ", exchange.scheme, " has none"));
    return value.present();
  };
  if (!row->codec.empty()) exchange.codec = row->codec;
  exchange.topology = row->topology;
  if (given("codec", !row->codec.empty())) exchange.codec = fields["codec"].text(1, 64);
  if (given("topology", !row->topology.empty())) read_topology(fields["topology"], *row, exchange);
  const auto whole = [&](std::string_view name, bool has, std::uint64_t low, std::uint64_t high,
                         std::uint32_t& into) {
    if (given(name, has)) into = static_cast<std::uint32_t>(fields[name].whole(low, high));
  };
  whole("rank", row->power, 1, 64, exchange.rank);
  whole("iterations", row->power, 1, 16, exchange.iterations);
  whole("bits", row->swarm, 2, 16, exchange.bits);
}

Exchange read_exchange(const json::Value& value) {
  Exchange exchange;
  if (!value.present()) return exchange;
  const json::Fields fields(
      value, {"scheme", "codec", "topology", "rank", "iterations", "bits", "local_steps",
              "deadline_ms", "max_participants", "sample", "outer", "proximal"});
  read_scheme(fields, exchange);
  exchange.local_steps = read_index_or(fields["local_steps"], 1, 1'000'000, exchange.local_steps);
  if (fields["deadline_ms"].present()) {
    exchange.deadline_ms = static_cast<std::int64_t>(fields["deadline_ms"].whole(100, 3'600'000));
  }
  if (fields["max_participants"].present()) {
    exchange.max_participants =
        static_cast<std::uint32_t>(fields["max_participants"].whole(1, 1024));
  }
  if (fields["sample"].present()) {
    exchange.sample = fields["sample"].number(0, 1024);
    const double whole = static_cast<double>(static_cast<std::int64_t>(exchange.sample));
    if (exchange.sample >= 1 ? exchange.sample != whole : exchange.sample <= 0) {
      fields["sample"].refuse("a share of the members between 0 and 1, or a whole number of them");
    }
  }
  for (const std::string_view name : {"outer", "proximal"}) {
    if (!exchange.gossips() || !fields[name].present()) continue;
    fields[name].fail(text("the scheme ", exchange.scheme, " has none"));
  }
  if (fields["outer"].present()) exchange.outer = read_choice(fields["outer"], outer_kinds());
  if (fields["proximal"].present()) exchange.proximal = fields["proximal"].number(0, 1000);
  return exchange;
}

}  // namespace

void refuse_word(const json::Value& value, const std::vector<std::string_view>& known) {
  constexpr std::size_t kMostToTell = 16;
  if (known.size() > kMostToTell) {
    const std::string_view nearest = json::nearest(value.text(1, 64), known);
    value.refuse(text("one of ", known.size(), " words, the nearest is ", json::quoted(nearest)));
  }
  std::string expected = known.size() > 1 ? "one of " : "";
  for (std::size_t at = 0; at < known.size(); ++at) {
    if (at > 0) expected += ", ";
    expected += json::quoted(known[at]);
  }
  value.refuse(expected);
}

std::vector<std::string> read_names(const json::Value& value, std::size_t fewest,
                                    std::size_t most) {
  std::vector<std::string> names;
  for (const json::Value& item : value.items(fewest, most)) names.push_back(item.text(1, 200));
  std::vector<std::string_view> sorted(names.begin(), names.end());
  heap_sort(sorted);
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) value.fail(text(json::quoted(*twice), " stands here twice"));
  return names;
}

Task parse(std::string_view text) {
  const json::Document document(text, {"task.json", ErrorCode::kTask}, kMaxTaskBytes);
  const json::Value root = document.root();
  const json::Fields fields(
      root, {"deai", "id", "title", "summary", "learns", "sends", "class_names", "data", "model",
             "loss", "metrics", "training", "exchange", "sample"});
  // First: a later format may change the meaning of everything else.
  if (!fields["deai"].is_whole(1)) fields["deai"].refuse("1 (the format that this version reads)");
  Task task;
  task.id = read_id(fields["id"]);
  task.data = read_data(fields["data"]);
  task.model = read_model(fields["model"]);
  task.loss = read_loss(fields["loss"], task.data);
  task.metrics = read_metrics(fields["metrics"], task);
  task.training = read_training(fields["training"]);
  task.exchange = read_exchange(fields["exchange"]);
  check_words(root, task.data);
  if (fields["sample"].present()) check_sample(fields["sample"], task.data);
  return task;
}

std::vector<Index> input_extents(const Task& task) {
  if (const auto* image = std::get_if<ImageData>(&task.data.input)) {
    return {image->height, image->width, image->channels};
  }
  if (const auto* words = std::get_if<TextData>(&task.data.input)) return {words->context};
  Index features = 0;
  for (const Column& column : std::get<TableData>(task.data.input).columns) {
    const auto* category = std::get_if<CategoryColumn>(&column);
    features += category == nullptr ? 1 : static_cast<Index>(category->values.size());
  }
  return {features};
}

std::vector<Index> output_extents(const Task& task) {
  const Index classes = class_count(task.data);
  if (const auto* words = std::get_if<TextData>(&task.data.input)) {
    return {words->context, classes};
  }
  return {task.loss.kind == Loss::kSoftmaxCrossEntropy ? classes : 1};
}

Index class_count(const Data& data) {
  const auto* words = std::get_if<TextData>(&data.input);
  return words == nullptr ? static_cast<Index>(data.classes.size()) : words->vocabulary;
}

Index labels_per_sample(const Data& data) {
  const auto* words = std::get_if<TextData>(&data.input);
  return words == nullptr ? 1 : words->context;
}

}  // namespace deai::task

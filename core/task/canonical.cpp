#include <algorithm>
#include <utility>

#include "base/error.h"
#include "task/heap_sort.h"
#include "task/json.h"
#include "task/layer_kinds.h"
#include "task/training_kinds.h"

// The canonical text is itself a valid task.json: what parse() reads from it is the same task.
namespace deai::task {
namespace {

std::string whole(std::uint64_t value) { return std::to_string(value); }
std::string whole(Index value) { return std::to_string(value); }

std::string number(double value) { return exact_text(value); }

template <typename Items, typename Write>
std::string array(const Items& items, Write write) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += write(item);
  }
  return out + ']';
}

std::string names(const std::vector<std::string>& items) {
  return array(items, [](const std::string& item) { return json::quoted(item); });
}

using Field = std::pair<std::string_view, std::string>;

std::string object(std::vector<Field> fields) {
  heap_sort(fields);
  std::string out = "{";
  for (const auto& [name, value] : fields) {
    if (out.size() > 1) out += ',';
    out += json::quoted(name);
    out += ':';
    out += value;
  }
  return out + '}';
}

std::string kind(std::string_view name, std::vector<Field> fields = {}) {
  fields.emplace_back("kind", json::quoted(name));
  return object(std::move(fields));
}

std::string canonical(const NumberColumn& column) {
  std::vector<Field> fields{{"name", json::quoted(column.name)},
                            {"mean", number(column.mean)},
                            {"deviation", number(column.deviation)}};
  if (column.missing) fields.emplace_back("missing", number(*column.missing));
  return kind("number", std::move(fields));
}

std::string canonical(const CategoryColumn& column) {
  std::vector<Field> fields{{"name", json::quoted(column.name)}, {"values", names(column.values)}};
  if (column.missing) fields.emplace_back("missing", json::quoted(*column.missing));
  return kind("category", std::move(fields));
}

// A setting by its rule, as parse reads it.
std::string canonical(const SettingRule& rule, double value) {
  switch (rule.type) {
    case SettingRule::Type::kWhole:
      return whole(static_cast<Index>(value));
    case SettingRule::Type::kNumber:
      return number(value);
    case SettingRule::Type::kSwitch:
      return value != 0 ? "true" : "false";
    case SettingRule::Type::kWord:
      return json::quoted(rule.words[static_cast<std::size_t>(value)]);
  }
  return "";
}

// Settings as they are by themselves are not written: a setting that a kind gets later leaves the
// text, and so the peers, of the tasks that do not use it.
std::vector<Field> settings(std::span<const SettingRule> rules,
                            std::span<const Choice::Setting> values) {
  std::vector<Field> fields;
  for (std::size_t place = 0; place < rules.size(); ++place) {
    const SettingRule& rule = rules[place];
    const double value = values[place].value;
    const bool needed = rule.absent == SettingRule::Absent::kError;
    if (needed || value != absent_value(rule, values.first(place))) {
      fields.emplace_back(rule.name, canonical(rule, value));
    }
  }
  return fields;
}

std::string canonical(const Layer& layer) {
  const LayerKind& row = layer_kind(layer.kind);
  std::vector<Field> fields = settings(row.settings, layer.settings);
  if (!layer.name.empty()) fields.emplace_back("name", json::quoted(layer.name));
  if (row.most_inputs > 1) {
    fields.emplace_back("inputs", names(layer.inputs));
  } else if (!layer.inputs.empty()) {
    fields.emplace_back("input", json::quoted(layer.inputs.front()));
  }
  if (!layer.weights_of.empty()) {
    fields.emplace_back("weights_of", json::quoted(layer.weights_of));
  }
  if (layer.frozen) fields.emplace_back("frozen", "true");
  return kind(layer.kind, std::move(fields));
}

std::string canonical(std::span<const ChoiceKind> kinds, const Choice& choice) {
  for (const ChoiceKind& row : kinds) {
    if (row.name == choice.kind) return kind(row.name, settings(row.settings, choice.settings));
  }
  fail(ErrorCode::kInternal, text("there is nothing of the kind ", choice.kind));
}

std::string canonical(const LossSpec& loss) {
  std::vector<Field> fields;
  if (loss.label_smoothing != 0) {
    fields.emplace_back("label_smoothing", number(loss.label_smoothing));
  }
  if (loss.delta != 1) fields.emplace_back("delta", number(loss.delta));
  if (!loss.class_weights.empty()) {
    fields.emplace_back("class_weights", array(loss.class_weights, number));
  }
  if (loss.ignored) fields.emplace_back("ignore_index", whole(Index{*loss.ignored}));
  return kind(loss_kinds()[static_cast<std::size_t>(loss.kind)].name, std::move(fields));
}

std::string canonical(const Training& training) {
  std::vector<Field> fields{{"batch_size", whole(training.batch_size)},
                            {"optimizer", canonical(optimizer_kinds(), training.optimizer)}};
  const std::string schedule = canonical(schedule_kinds(), training.schedule);
  if (schedule != kind("constant")) fields.emplace_back("schedule", schedule);
  if (training.clip_norm != 0) fields.emplace_back("clip_norm", number(training.clip_norm));
  if (training.accumulate != 1) fields.emplace_back("accumulate", whole(training.accumulate));
  if (training.ema != 0) fields.emplace_back("ema", number(training.ema));
  return object(std::move(fields));
}

// What the scheme has no settings for is as it is by default, and not written.
std::string canonical(const Exchange& exchange) {
  std::vector<Field> fields{{"scheme", json::quoted(exchange.scheme)},
                            {"local_steps", whole(exchange.local_steps)},
                            {"deadline_ms", std::to_string(exchange.deadline_ms)},
                            {"max_participants", std::to_string(exchange.max_participants)}};
  const bool own = exchange.scheme == "choco";  // another codec by default
  if (exchange.codec != "f32" || own) fields.emplace_back("codec", json::quoted(exchange.codec));
  if (!exchange.topology.empty()) fields.emplace_back("topology", json::quoted(exchange.topology));
  const auto add = [&](std::string_view name, std::uint32_t value, std::uint32_t otherwise) {
    if (value != otherwise) fields.emplace_back(name, whole(std::uint64_t{value}));
  };
  add("rank", exchange.rank, 1);
  add("iterations", exchange.iterations, 1);
  add("bits", exchange.bits, 8);
  if (exchange.sample > 0) fields.emplace_back("sample", number(exchange.sample));
  const std::string outer = canonical(outer_kinds(), exchange.outer);
  if (outer != kind("average")) fields.emplace_back("outer", outer);
  if (exchange.proximal > 0) fields.emplace_back("proximal", number(exchange.proximal));
  return object(std::move(fields));
}

template <typename... Kinds>
std::string canonical(const std::variant<Kinds...>& any) {
  return std::visit([](const auto& one) { return canonical(one); }, any);
}

// What is not altered is not written, as with layers.
std::string canonical(const Augment& augment) {
  std::vector<Field> fields;
  if (augment.flip) fields.emplace_back("flip", "true");
  if (augment.crop > 0) fields.emplace_back("crop", whole(augment.crop));
  const auto add = [&](std::string_view name, double value) {
    if (value > 0) fields.emplace_back(name, number(value));
  };
  add("rotate", augment.rotate);
  add("brightness", augment.brightness);
  add("contrast", augment.contrast);
  add("saturation", augment.saturation);
  return object(std::move(fields));
}

std::string canonical_data(const Data& data) {
  std::vector<Field> fields;
  if (!data.classes.empty()) fields.emplace_back("classes", names(data.classes));
  if (const auto* table = std::get_if<TableData>(&data.input)) {
    fields.emplace_back(
        "columns", array(table->columns, [](const Column& column) { return canonical(column); }));
    fields.emplace_back("label_column", json::quoted(table->label_column));
    return kind("table", std::move(fields));
  }
  if (const auto* words = std::get_if<TextData>(&data.input)) {
    fields.emplace_back("context", whole(words->context));
    fields.emplace_back("tokens", json::quoted(words->alphabet.empty() ? "gpt2" : "characters"));
    if (!words->alphabet.empty()) fields.emplace_back("alphabet", json::quoted(words->alphabet));
    if (words->unknown) fields.emplace_back("unknown", json::quoted(*words->unknown));
    return kind("text", std::move(fields));
  }
  const auto& image = std::get<ImageData>(data.input);
  fields.emplace_back("height", whole(image.height));
  fields.emplace_back("width", whole(image.width));
  fields.emplace_back("channels", whole(image.channels));
  fields.emplace_back("mean", array(image.mean, number));
  fields.emplace_back("deviation", array(image.deviation, number));
  if (image.augment != Augment{}) fields.emplace_back("augment", canonical(image.augment));
  return kind("image", std::move(fields));
}

}  // namespace

std::string canonical_text(const Task& task) {
  std::vector<Field> model{
      {"seed", whole(task.model.seed)},
      {"layers", array(task.model.layers, [](const Layer& layer) { return canonical(layer); })}};
  if (const std::optional<BaseWeights>& weights = task.model.weights) {
    model.emplace_back("weights", object({{"file", json::quoted(weights->file)},
                                          {"blake2b", json::quoted(weights->blake2b)}}));
  }
  return object({{"deai", "1"},
                 {"id", json::quoted(task.id)},
                 {"data", canonical_data(task.data)},
                 {"model", object(std::move(model))},
                 {"loss", canonical(task.loss)},
                 {"training", canonical(task.training)},
                 {"exchange", canonical(task.exchange)}});
}

}  // namespace deai::task

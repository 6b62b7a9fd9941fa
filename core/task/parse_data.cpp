#include <set>

#include "task/heap_sort.h"
#include "task/parse.h"
#include "task/utf8.h"

namespace deai::task {
namespace {

constexpr std::size_t kMaxColumns = 4096;
constexpr std::size_t kMaxClasses = 65536;
constexpr std::uint64_t kMaxFeatures = 65536;
constexpr std::uint64_t kMaxImageValues = std::uint64_t{1} << 24;
constexpr double kLargest = 1e12;
constexpr std::uint64_t kMaxContext = 65536;
constexpr Index kGpt2Tokens = 50257;

Column read_number_column(const json::Value& value) {
  const json::Fields fields(value, {"kind", "name", "title", "mean", "deviation", "missing"});
  NumberColumn column;
  column.name = fields["name"].text(1, 200);
  column.mean = fields["mean"].number(-kLargest, kLargest);
  column.deviation = fields["deviation"].number(1e-9, kLargest);
  if (fields["missing"].present()) {
    column.missing = fields["missing"].number(-kLargest, kLargest);
  }
  return column;
}

Column read_category_column(const json::Value& value) {
  const json::Fields fields(value, {"kind", "name", "title", "values", "value_titles", "missing"});
  CategoryColumn column;
  column.name = fields["name"].text(1, 200);
  column.values = read_names(fields["values"], 1, kMaxFeatures);
  if (fields["missing"].present()) {
    column.missing = fields["missing"].text(1, 200);
    if (std::find(column.values.begin(), column.values.end(), *column.missing) ==
        column.values.end()) {
      fields["missing"].refuse("one of the column's values");
    }
  }
  return column;
}

Column read_column(const json::Value& value) {
  static constexpr Kind<Column> kKinds[] = {
      {"number", read_number_column},
      {"category", read_category_column},
  };
  return read_kind<Column>(value, kKinds);
}

Data read_table(const json::Value& value) {
  const json::Fields fields(value, {"kind", "columns", "label_column", "classes"});
  TableData table;
  table.label_column = fields["label_column"].text(1, 200);
  std::set<std::string> names{table.label_column};
  std::uint64_t features = 0;
  for (const json::Value& item : fields["columns"].items(1, kMaxColumns)) {
    Column column = read_column(item);
    const std::string& name =
        std::visit([](const auto& any) -> const std::string& { return any.name; }, column);
    if (!names.insert(name).second) {
      item.member("name").refuse("a name that no other column and not the label has");
    }
    const auto* category = std::get_if<CategoryColumn>(&column);
    features += category == nullptr ? 1 : category->values.size();
    table.columns.push_back(std::move(column));
  }
  if (features > kMaxFeatures) {
    fields["columns"].fail(text(features, " model inputs in all, expected at most ", kMaxFeatures));
  }
  Data data;
  data.input = std::move(table);
  if (fields["classes"].present()) data.classes = read_names(fields["classes"], 2, kMaxClasses);
  return data;
}

// One number per channel.
std::vector<double> read_channels(const json::Value& value, Index channels, double low) {
  std::vector<double> numbers;
  const auto count = static_cast<std::size_t>(channels);
  for (const json::Value& item : value.items(count, count)) {
    numbers.push_back(item.number(low, 1000));
  }
  return numbers;
}

Augment read_augment(const json::Value& value, const ImageData& image) {
  Augment augment;
  if (!value.present()) return augment;
  const json::Fields fields(value,
                            {"flip", "crop", "rotate", "brightness", "contrast", "saturation"});
  if (fields["flip"].present()) augment.flip = fields["flip"].flag();
  augment.crop = read_index_or(fields["crop"], 0, 64, 0);
  augment.rotate = read_number_or(fields["rotate"], 0, 45, 0);
  augment.brightness = read_number_or(fields["brightness"], 0, 1, 0);
  augment.contrast = read_number_or(fields["contrast"], 0, 1, 0);
  augment.saturation = read_number_or(fields["saturation"], 0, 1, 0);
  if (augment.saturation > 0 && image.channels == 1) {
    fields["saturation"].refuse("none, as these pictures are grey");
  }
  return augment;
}

Data read_image(const json::Value& value) {
  const json::Fields fields(
      value, {"kind", "height", "width", "channels", "mean", "deviation", "augment", "classes"});
  ImageData image;
  image.height = read_index(fields["height"], 1, 4096);
  image.width = read_index(fields["width"], 1, 4096);
  image.channels = read_index(fields["channels"], 1, 3);
  if (image.channels == 2) fields["channels"].refuse("1 (grey) or 3 (red, green, blue)");
  const std::uint64_t values = static_cast<std::uint64_t>(image.height) *
                               static_cast<std::uint64_t>(image.width * image.channels);
  if (values > kMaxImageValues) {
    value.fail(text(values, " values per image, expected at most ", kMaxImageValues));
  }
  image.mean = read_channels(fields["mean"], image.channels, -1000);
  image.deviation = read_channels(fields["deviation"], image.channels, 1e-6);
  image.augment = read_augment(fields["augment"], image);
  Data data;
  data.input = std::move(image);
  data.classes = read_names(fields["classes"], 2, kMaxClasses);
  return data;
}

// Fills in alphabet and vocabulary.
void read_alphabet(const json::Value& value, TextData& words) {
  words.alphabet = value.text(2, kMaxClasses);
  std::vector<char32_t> characters;
  for (std::string_view rest = words.alphabet; !rest.empty();) {
    const auto character = next_character(rest);
    if (!character) value.refuse("characters of Unicode");
    characters.push_back(*character);
  }
  words.vocabulary = static_cast<Index>(characters.size());
  heap_sort(characters);
  if (std::adjacent_find(characters.begin(), characters.end()) != characters.end()) {
    value.refuse("every character once");
  }
}

Data read_text(const json::Value& value) {
  const json::Fields fields(value, {"kind", "tokens", "context", "alphabet", "unknown"});
  TextData words;
  words.context = read_index(fields["context"], 1, kMaxContext);
  const json::Value alphabet = fields["alphabet"];
  const json::Value unknown = fields["unknown"];
  const std::string tokens = fields["tokens"].text(1, 64);
  if (tokens == "characters") {
    read_alphabet(alphabet, words);
    if (unknown.present()) {
      words.unknown = unknown.text(1, 1);
      if (words.alphabet.find(*words.unknown) == std::string::npos) {
        unknown.refuse("a character of the alphabet");
      }
    }
  } else if (tokens == "gpt2") {
    for (const json::Value& other : {alphabet, unknown}) {
      if (other.present()) other.fail("stands only beside \"tokens\": \"characters\"");
    }
    words.vocabulary = kGpt2Tokens;
  } else {
    refuse_word(fields["tokens"], {"characters", "gpt2"});
  }
  Data data;
  data.input = std::move(words);
  return data;
}

}  // namespace

Data read_data(const json::Value& value) {
  static constexpr Kind<Data> kKinds[] = {
      {"table", read_table},
      {"image", read_image},
      {"text", read_text},
  };
  return read_kind<Data>(value, kKinds);
}

}  // namespace deai::task

#include "task/json.h"

#include <yyjson.h>

#include <algorithm>
#include <cmath>

#include "task/heap_sort.h"

namespace deai::task::json {
namespace {

// yyjson has checked the encoding: every byte that does not continue a character begins one.
std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// At most the first 40 characters.
std::string_view shortened(std::string_view text) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && ++characters > 40) {
      return text.substr(0, at);
    }
  }
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Levenshtein's table, one row at a time.
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte / 16];
      out += kHex[byte % 16];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words) {
  word = word.substr(0, 64);  // a stranger's word may be long
  return *std::min_element(words.begin(), words.end(), [&](auto a, auto b) {
    return edit_distance(word, a) < edit_distance(word, b);
  });
}

std::string Value::described() const {
  if (yyjson_is_null(value_)) return "null";
  if (yyjson_is_bool(value_)) return yyjson_get_bool(value_) ? "true" : "false";
  if (yyjson_is_uint(value_)) return std::to_string(yyjson_get_uint(value_));
  if (yyjson_is_sint(value_)) return to_text(static_cast<long long>(yyjson_get_sint(value_)));
  if (yyjson_is_real(value_)) return to_text(yyjson_get_real(value_));
  if (yyjson_is_arr(value_)) return deai::text("an array of ", yyjson_arr_size(value_));
  if (yyjson_is_obj(value_)) return "an object";
  const std::string_view found(yyjson_get_str(value_), yyjson_get_len(value_));
  const std::string_view part = shortened(found);
  return quoted(part) + (part.size() < found.size() ? " …" : "");
}

void Value::refuse(std::string_view expected) const {
  if (!present()) fail(deai::text("missing, expected ", expected));
  fail(deai::text("expected ", expected, ", found ", described()));
}

void Value::fail(std::string_view text) const {
  deai::fail(source_->code, deai::text(path_.empty() ? source_->name : path_, ": ", text));
}

std::string Value::text(std::size_t shortest, std::size_t longest) const {
  if (yyjson_is_str(value_)) {
    std::string found(yyjson_get_str(value_), yyjson_get_len(value_));
    const std::size_t characters = count_characters(found);
    if (characters >= shortest && characters <= longest) return found;
  }
  refuse(deai::text("a text of ", shortest, " to ", longest, " characters"));
}

double Value::number(double low, double high) const {
  if (yyjson_is_num(value_)) {
    const double found = yyjson_get_num(value_);
    // + 0.0: a negative zero must not make another task of it.
    if (found >= low && found <= high) return found + 0.0;
  }
  refuse(deai::text("a number from ", low, " to ", high));
}

std::uint64_t Value::whole(std::uint64_t low, std::uint64_t high) const {
  if (yyjson_is_uint(value_)) {
    const std::uint64_t found = yyjson_get_uint(value_);
    if (found >= low && found <= high) return found;
  } else if (yyjson_is_real(value_)) {
    // 16.0 is a whole number too, as in JSON Schema.
    const double found = yyjson_get_real(value_);
    if (found == std::floor(found) && found >= static_cast<double>(low) &&
        found <= static_cast<double>(high) && found < 0x1p63) {
      return static_cast<std::uint64_t>(found);
    }
  }
  refuse(deai::text("a whole number from ", low, " to ", high));
}

bool Value::flag() const {
  if (!yyjson_is_bool(value_)) refuse("true or false");
  return yyjson_get_bool(value_);
}

bool Value::is_whole(std::uint64_t number) const {
  return yyjson_is_num(value_) && yyjson_get_num(value_) == static_cast<double>(number);
}

std::vector<Value> Value::items(std::size_t fewest, std::size_t most) const {
  const std::size_t count = yyjson_arr_size(value_);
  if (!yyjson_is_arr(value_) || count < fewest || count > most) {
    refuse(fewest == most ? deai::text("an array of ", fewest)
                          : deai::text("an array of ", fewest, " to ", most));
  }
  std::vector<Value> found;
  found.reserve(count);
  std::size_t index = 0;
  std::size_t end = 0;
  yyjson_val* item = nullptr;
  yyjson_arr_foreach(value_, index, end, item) {
    found.emplace_back(item, deai::text(path_, '[', index, ']'), *source_);
  }
  return found;
}

std::vector<std::pair<std::string, Value>> Value::members() const {
  if (!yyjson_is_obj(value_)) refuse("an object");
  std::vector<std::pair<std::string, Value>> found;
  found.reserve(yyjson_obj_size(value_));
  std::vector<std::string_view> names;
  std::size_t index = 0;
  std::size_t end = 0;
  yyjson_val* key = nullptr;
  yyjson_val* value = nullptr;
  yyjson_obj_foreach(value_, index, end, key, value) {
    const std::string_view name(yyjson_get_str(key), yyjson_get_len(key));
    names.push_back(name);
    found.emplace_back(
        std::string(name),
        Value(value, deai::text(path_, path_.empty() ? "" : ".", shortened(name)), *source_));
  }
  heap_sort(names);
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) fail(deai::text("the field ", quoted(*twice), " stands here twice"));
  return found;
}

Value Value::member(std::string_view name) const {
  if (!yyjson_is_obj(value_)) refuse("an object");
  return Value(yyjson_obj_getn(value_, name.data(), name.size()),
               deai::text(path_, path_.empty() ? "" : ".", name), *source_);
}

Fields::Fields(Value object, const std::vector<std::string_view>& known)
    : object_(std::move(object)) {
  for (const auto& [name, value] : object_.members()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      value.fail(
          deai::text("unknown field; the nearest known one is ", quoted(nearest(name, known))));
    }
  }
}

Document::Document(std::string_view text, Source source, std::size_t max_bytes)
    : source_(std::move(source)) {
  if (text.size() > max_bytes) {
    fail(source_.code,
         deai::text(source_.name, ": ", text.size(), " bytes, expected at most ", max_bytes));
  }
  yyjson_read_err error;
  // Reading is iterative and needs no stack; without the in-situ flag the text stays as it is.
  document_.reset(yyjson_read_opts(const_cast<char*>(text.data()), text.size(), YYJSON_READ_NOFLAG,
                                   nullptr, &error));
  if (document_) return;
  if (error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
    fail(ErrorCode::kMemory, deai::text(source_.name, ": no memory to read it"));
  }
  const std::string_view before = text.substr(0, std::min(error.pos, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  fail(source_.code, deai::text(source_.name, ", line ", line, ", column ",
                                before.size() - line_start + 1, ": not JSON: ", error.msg));
}

Value Document::root() const { return Value(yyjson_doc_get_root(document_.get()), "", source_); }

void Document::Free::operator()(yyjson_doc* document) const { yyjson_doc_free(document); }

}  // namespace deai::task::json

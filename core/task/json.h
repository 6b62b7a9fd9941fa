#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

struct yyjson_doc;
struct yyjson_val;

// Strict reading of JSON that strangers may have written. Every refusal is an Error whose text
// begins with the place ("model.layers[2].units") and says what was expected and what was found.
namespace deai::task::json {

// Of what a document is, and whose fault its errors are.
struct Source {
  std::string name;
  ErrorCode code;
};

// A value and its place in the text; absent when an optional field is not there. Lives no longer
// than its document.
class Value {
 public:
  Value(yyjson_val* value, std::string path, const Source& source)
      : value_(value), path_(std::move(path)), source_(&source) {}

  bool present() const { return value_ != nullptr; }
  bool is_whole(std::uint64_t number) const;

  // All bounds are included. Texts are counted in characters (Unicode code points).
  std::string text(std::size_t shortest, std::size_t longest) const;
  double number(double low, double high) const;
  std::uint64_t whole(std::uint64_t low, std::uint64_t high) const;
  bool flag() const;
  // An array with that many items.
  std::vector<Value> items(std::size_t fewest, std::size_t most) const;
  // An object's fields in the order of the text, no name twice.
  std::vector<std::pair<std::string, Value>> members() const;
  // The field of an object; absent when there is none.
  Value member(std::string_view name) const;

  // Throws "<path>: expected <expected>, found <this>" (or "missing, expected …").
  [[noreturn]] void refuse(std::string_view expected) const;
  // Throws "<path>: <text>".
  [[noreturn]] void fail(std::string_view text) const;

 private:
  std::string described() const;

  yyjson_val* value_;
  std::string path_;  // empty for the whole document
  const Source* source_;
};

// An object that may have no other fields than the known ones.
class Fields {
 public:
  Fields(Value object, std::initializer_list<std::string_view> known)
      : Fields(std::move(object), std::vector<std::string_view>(known)) {}
  Fields(Value object, const std::vector<std::string_view>& known);
  Value operator[](std::string_view name) const { return object_.member(name); }

 private:
  Value object_;
};

class Document {
 public:
  // Throws Error{source.code} when the text is not JSON or too long.
  Document(std::string_view text, Source source, std::size_t max_bytes);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  Value root() const;

 private:
  struct Free {
    void operator()(yyjson_doc* document) const;
  };
  std::unique_ptr<yyjson_doc, Free> document_;
  Source source_;
};

// Texts in double quotes, escaped so that equal texts have equal bytes.
std::string quoted(std::string_view text);
// The word that is the fewest edits away from `word`; words is not empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace deai::task::json

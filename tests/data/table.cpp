#include "data/table.h"

#include <catch2/catch_test_macros.hpp>

#include "base/random.h"
#include "support/cells.h"
#include "support/errors.h"

namespace {

using namespace deai;
using data::Labels;
using support::cells_of;

task::Data boats() {
  task::TableData table;
  table.columns.push_back(task::NumberColumn{"length", 10, 2, 8});
  table.columns.push_back(task::CategoryColumn{"sail", {"none", "one", "two"}, "one"});
  table.columns.push_back(task::NumberColumn{"crew", 0, 1, {}});
  table.label_column = "left";
  task::Data data;
  data.input = table;
  data.classes = {"no", "yes"};
  return data;
}

std::string error_of(std::string_view csv, const task::Data& data = boats(),
                     Labels labels = Labels::kNeeded) {
  const Bytes cells = cells_of(csv);
  return support::error_of([&] { data::decode_table(data, "boats.csv", cells, labels); });
}

}  // namespace

TEST_CASE("a table becomes standardised numbers and one-hot categories") {
  // Other order than in the task, one column that nobody asked for, blanks, missing cells.
  const data::Rows rows = data::decode_table(boats(), "boats.csv",
                                             cells_of("left,crew,colour,sail,length\n"
                                                      "yes, 3 ,red,two,14\n"
                                                      "no,0,,, \n"),
                                             Labels::kNeeded);
  CHECK(rows.count == 2);
  CHECK(rows.inputs == std::vector<float>{2, 0, 0, 1, 3, -1, 0, 1, 0, 0});
  CHECK(rows.labels == std::vector<float>{1, 0});
}

TEST_CASE("a table without labels can be predicted from") {
  const data::Rows rows = data::decode_table(
      boats(), "boats.csv", cells_of("length,sail,crew\n10,none,1"), Labels::kIgnored);
  CHECK(rows.inputs == std::vector<float>{0, 1, 0, 0, 1});
  CHECK(rows.labels.empty());
  CHECK(error_of("length,sail,crew\n10,none,1") ==
        "data: boats.csv, row 1: the column \"left\" is missing, found \"length\", \"sail\", "
        "\"crew\"");
}

TEST_CASE("labels may be numbers") {
  task::Data data = boats();
  data.classes.clear();
  const data::Rows rows = data::decode_table(
      data, "boats.csv", cells_of("length,sail,crew,left\n10,none,1,-2.5"), Labels::kNeeded);
  CHECK(rows.labels == std::vector<float>{-2.5});
  CHECK(error_of("length,sail,crew,left\n10,none,1,much", data) ==
        "data: boats.csv, row 2, column \"left\": expected a number, found \"much\"");
}

TEST_CASE("what is wrong in a table is named by source, row and column") {
  const std::string header = "length,sail,crew,left\n";
  CHECK(error_of(header + "10,none,1,no\nlong,none,1,no") ==
        "data: boats.csv, row 3, column \"length\": expected a number, found \"long\"");
  CHECK(error_of(header + "10,three,1,no") ==
        "data: boats.csv, row 2, column \"sail\": expected one of \"none\", \"one\", \"two\", "
        "found \"three\"");
  CHECK(error_of(header + "10,none,,no") ==
        "data: boats.csv, row 2, column \"crew\": expected a number, found an empty cell");
  CHECK(error_of(header + "10,none,1,") ==
        "data: boats.csv, row 2, column \"left\": expected one of \"no\", \"yes\", found an empty "
        "cell");
  CHECK(error_of(header + "10,none,1e300,no") ==
        "data: boats.csv, row 2, column \"crew\": expected a number of a usual size, found "
        "\"1e300\"");
  CHECK(error_of("length,sail,crew,left,sail\n") ==
        "data: boats.csv, row 1: the column \"sail\" stands there twice");
  CHECK(error_of("Length,sail,crew,left\n")
            .starts_with("data: boats.csv, row 1: the column \"length\" is missing"));
}

TEST_CASE("a mark of byte order and blanks around column names do not matter") {
  CHECK(error_of("\xEF\xBB\xBFlength, sail ,crew,left\r\n10,none,1,no\r\n").empty());
}

TEST_CASE("a table of names alone has no rows") {
  const data::Rows rows =
      data::decode_table(boats(), "boats.csv", cells_of("length,sail,crew,left"), Labels::kNeeded);
  CHECK(rows.count == 0);
  CHECK(rows.inputs.empty());
}

TEST_CASE("a table that would fill the memory is refused before it does") {
  // 8193 rows of one short cell become 32768 numbers each.
  task::CategoryColumn words{"word", {}, {}};
  for (int word = 0; word < 32768; ++word) words.values.push_back(std::to_string(word));
  task::Data data = boats();
  std::get<task::TableData>(data.input).columns = {words};
  std::string csv = "word\n";
  for (int row = 0; row < 8193; ++row) csv += "1\n";
  CHECK(error_of(csv, data, Labels::kIgnored) ==
        "data: boats.csv: 8193 rows of 32768 model inputs each are more than fits, expected at "
        "most 268435456 numbers in all");
}

TEST_CASE("a damaged cells buffer is read or refused, never anything else") {
  const Bytes good = cells_of("length,sail,crew,left\n10,none,1,no\n9,one,2,yes");
  Random random(1, 0);
  for (int trial = 0; trial < 2000; ++trial) {
    Bytes bad = good;
    bad[random.below(static_cast<std::uint32_t>(bad.size()))] =
        static_cast<std::uint8_t>(random.next_u32());
    const std::string error =
        support::error_of([&] { data::decode_table(boats(), "boats.csv", bad, Labels::kNeeded); });
    CHECK((error.empty() || error.starts_with("data: ")));
  }
}

TEST_CASE("a cells buffer of wrong sizes is refused") {
  const Bytes good = cells_of("length,sail,crew,left\n10,none,1,no");
  const auto error = [](ByteView cells) {
    return support::error_of(
        [&] { data::decode_table(boats(), "boats.csv", cells, Labels::kNeeded); });
  };
  CHECK(error(good).empty());
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(error(ByteView(good).first(length)).empty());
  }
  Bytes longer = good;
  longer.push_back(0);
  CHECK_FALSE(error(longer).empty());

  // Sizes whose product or promise is far beyond the buffer.
  for (const std::uint32_t rows : {0u, 3u, 0x40000001u, 0xFFFFFFFFu}) {
    for (const std::uint32_t columns : {0u, 4u, 65536u, 0xFFFFFFFFu}) {
      ByteWriter out;
      out.u32(rows);
      out.u32(columns);
      out.bytes(ByteView(good).subspan(8));
      CHECK_FALSE(error(out.view()).empty());
    }
  }
}

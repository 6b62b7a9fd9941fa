#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

// What the browser's shell does there: files of a task's sample → what core/session takes.
namespace deai::train {

std::string read_file(const std::string& path);

// RFC 4180 → the cells of Learner::add_table.
Bytes cells_of_csv(std::string_view csv);

// The bytes behind the header of an IDX file that may be gzipped. Rank and extents are not needed:
// the learner checks the sizes.
Bytes read_idx(const std::string& path);

}  // namespace deai::train

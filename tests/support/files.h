#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>

namespace deai::support {

// The whole of a file; path from the repository's root, where all tests run.
inline std::string read_text(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) throw std::runtime_error("cannot open " + path);
  std::string content;
  char block[65536];
  for (std::size_t got = 0; (got = std::fread(block, 1, sizeof block, file)) > 0;) {
    content.append(block, got);
  }
  std::fclose(file);
  return content;
}

}  // namespace deai::support

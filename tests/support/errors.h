#pragma once

#include <string>

#include "base/error.h"

namespace deai::support {

// "<code>: <text>" of the Error that a call throws; empty when it throws none.
template <typename Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(code_name(error.code())) + ": " + error.text();
  }
  return {};
}

}  // namespace deai::support

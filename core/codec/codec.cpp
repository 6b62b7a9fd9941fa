#include "codec/codec.h"

#include <string>

#include "base/error.h"
#include "codec/f32.h"

namespace deai::codec {

void check_fits(const Layout& layout, std::size_t count) {
  if (fits(layout, count)) return;
  fail(ErrorCode::kShape, text("codec: expected a vector of the ", total(layout),
                               " numbers of the layout, found ", count));
}

std::unique_ptr<Codec> make(std::string_view name) {
  if (name == "f32") return std::make_unique<F32>();
  fail(ErrorCode::kTask, text("exchange.codec is \"", name, "\", expected one of: f32"));
}

}  // namespace deai::codec

#include "codec/codec.h"

#include "base/error.h"

namespace deai::codec {

void check_fits(const Layout& layout, std::size_t count) {
  if (fits(layout, count)) return;
  fail(ErrorCode::kShape, text("codec: expected a vector of the ", total(layout),
                               " numbers of the layout, found ", count));
}

}  // namespace deai::codec

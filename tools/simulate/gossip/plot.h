#pragma once

#include "report.h"

namespace deai::simulate::gossip {

// Accuracy (or, of consensus, the distance's logarithm) against rounds and against bytes, beside each
// other, as SVG into the file that the options name. Throws Error{kFile}.
void draw(const Options& options, const Report& report);

}  // namespace deai::simulate::gossip

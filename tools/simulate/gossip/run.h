#pragma once

namespace deai::simulate::gossip {

// simulate --scheme …: one scheme of core/gossip or core/aggregate, many participants in step, without
// the protocol. Prints what README.md says; the exit status.
int run(int count, char** words);

}  // namespace deai::simulate::gossip

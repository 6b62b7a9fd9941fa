#pragma once

namespace deai::simulate {

// Nine tenths of a run's time would go into Ed25519. From now on this program signs with a hash of key
// and message instead: whoever changes a byte is still found out, and nobody in a simulation forges.
// To be called before any thread starts.
void use_stand_in_signatures();

}  // namespace deai::simulate

#pragma once

#include "chaos_room.h"

// What a chaos run does with its room after the last misfortune.
namespace deai::simulate {

// All is well again.
void heal(ChaosRoom& room);
// On wires that lose frames a question or two may be asked in vain before.
Milliseconds for_losses(const ChaosRoom& room);
// Everybody is heard on each link, also when there is nothing to say.
void check_heartbeats(ChaosRoom& room);
// Nobody holds more than some packets of each peer.
void check_memory(ChaosRoom& room);
// Of a room that gossips: everybody's rounds go on, end at their deadlines, and models come together.
void check_gossip(ChaosRoom& room);

}  // namespace deai::simulate

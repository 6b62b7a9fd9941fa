// What may happen to a room, its machines and its wires.
#include "chaos_room.h"

namespace deai::simulate {

void ChaosRoom::misfortune() {
  ++report.misfortunes;
  const std::size_t a = some_member();
  const std::size_t b = star() ? hub : some_member();
  const Milliseconds back = world.now() + some_ms(50, 8'000);
  switch (random.below(star() ? 9 : 8)) {
    case 0:
      return lose_link(a, b, back);
    case 1:
      return split(back);
    case 2:
      return close_page(a, back);
    case 3:  // a phone sleeps, sometimes for longer than anybody waits
      return world.sleep(a, random.below(4) == 0 ? back + 2 * protocol::kSilenceMs : back);
    case 4:  // a machine is slow for a while
      world.set_step_ms(a, some_ms(200, 2'000));
      return world.at(back, [this, a] { world.set_step_ms(a, 50); });
    case 5:
      return pause(a, back);
    case 6:
      return junk();
    case 7:  // one way of a link stands still
      return random.below(2) == 0 ? world.hold_up(a, b, back) : world.hold_up(b, a, back);
    case 8:
      return crash_hub(back);
  }
}

void ChaosRoom::lose_link(std::size_t a, std::size_t b, Milliseconds back) {
  world.disconnect(a, b);
  world.at(back, [this, a, b] { link(a, b); });
}

// The room falls apart in two.
void ChaosRoom::split(Milliseconds back) {
  std::vector<bool> side(world.size());
  for (std::size_t i = 0; i < side.size(); ++i) side[i] = random.below(2) == 0;
  for (std::size_t i = 0; i < side.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (side[i] != side[j]) world.disconnect(i, j);
    }
  }
  world.at(back, [this] { link_all(); });
}

// A page is closed, and opened again.
void ChaosRoom::close_page(std::size_t i, Milliseconds back) {
  if (world.exists(i)) world.crash(i);
  go(i);
  const auto memory = static_cast<Memory>(random.below(3));
  world.at(back, [this, i, memory] { restart(i, memory); });
}

void ChaosRoom::pause(std::size_t i, Milliseconds back) {
  if (!world.exists(i)) return;
  world.call(i, [&](Machine&, Milliseconds now) { return member(i).member.stop(now); });
  world.at(back, [this, i] {
    if (world.exists(i)) run_member(i);
  });
}

// Sometimes the server's disk is lost, too.
void ChaosRoom::crash_hub(Milliseconds back) {
  if (!world.exists(hub)) return;
  world.crash(hub);
  const bool with_disk = random.below(4) != 0;
  world.at(back, [this, with_disk] {
    if (!world.exists(hub)) restart_hub(with_disk);
  });
}

// Bytes of no meaning, or stale ones and maybe of another link.
void ChaosRoom::junk() {
  const std::size_t to = star() && random.below(2) == 0 ? hub : some_member();
  const std::size_t from = star() ? (to == hub ? some_member() : hub) : some_member();
  if (!world.exists(from) || !world.exists(to) || from == to) return;
  if (random.below(2) == 0 && !overheard_.empty()) {
    const auto count = static_cast<std::uint32_t>(overheard_.size());
    return world.inject(from, to, overheard_[random.below(count)]);
  }
  Bytes bytes(1 + random.below(400));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next_u32());
  world.inject(from, to, std::move(bytes));
}

}  // namespace deai::simulate

#include "world.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace deai::simulate {

World::MachineId World::add(std::unique_ptr<Machine> machine, Milliseconds step_ms) {
  Place& place = places_.emplace_back();
  place.machine = std::move(machine);
  place.step_ms = step_ms;
  return places_.size() - 1;
}

void World::crash(MachineId id) {
  for (std::size_t edge = 0; edge < edges_.size(); ++edge) {
    if (edges_[edge].ends[0] == id || edges_[edge].ends[1] == id) cut(edge);
  }
  Place& place = places_[id];
  place.machine.reset();
  ++place.life;
  place.training = place.step_pending = false;
  place.asleep_until = 0;
  place.missed.clear();
}

void World::replace(MachineId id, std::unique_ptr<Machine> machine) {
  if (exists(id)) crash(id);
  places_[id].machine = std::move(machine);
}

// --- links

std::size_t World::edge_of(MachineId id, protocol::LinkId link) const {
  const auto place = edge_of_link_.find({id, link});
  return place == edge_of_link_.end() ? kNone : place->second;
}

std::size_t World::edge_between(MachineId a, MachineId b) const {
  const auto place = edge_of_pair_.find(std::minmax(a, b));
  if (place == edge_of_pair_.end() || !edges_[place->second].up) return kNone;
  return place->second;
}

bool World::connected(MachineId a, MachineId b) const { return edge_between(a, b) != kNone; }

void World::connect(MachineId a, MachineId b, bool hub) {
  if (a == b || !exists(a) || !exists(b) || connected(a, b)) return;
  const std::size_t index = edges_.size();
  Edge edge;
  edge.hub = hub;
  for (int end = 0; end < 2; ++end) {
    edge.ends[end] = end == 0 ? a : b;
    edge.links[end] = places_[edge.ends[end]].next_link++;
    edge.busy_until[end] = edge.last_arrival[end] = edge.last_sent[end] = now_;
    edge.bytes_per_ms[end] = network_.bytes_per_ms;
    if (network_.asymmetric) {
      edge.latency_ms[end] = random_.below(static_cast<std::uint32_t>(network_.max_latency_ms));
      edge.bytes_per_ms[end] = 1 + edge.bytes_per_ms[end] / (1 + random_.below(10));
    }
    edge_of_link_[{edge.ends[end], edge.links[end]}] = index;
  }
  edge_of_pair_[std::minmax(a, b)] = index;
  edges_.push_back(edge);
  for (int end = 0; end < 2; ++end) {
    const bool sees_hub = hub && end == 0;
    later(now_, edge.ends[end], [this, edge, end, sees_hub] {
      take(edge.ends[end],
           places_[edge.ends[end]].machine->link_up(
               edge.links[end],
               sees_hub ? protocol::LinkKind::kCoordinator : protocol::LinkKind::kPeer, now_));
    });
  }
}

void World::disconnect(MachineId a, MachineId b) {
  const std::size_t edge = edge_between(a, b);
  if (edge != kNone) cut(edge);
}

void World::cut(std::size_t index) {
  if (!edges_[index].up) return;
  edges_[index].up = false;
  const Edge edge = edges_[index];
  for (int end = 0; end < 2; ++end) {
    later(now_, edge.ends[end], [this, edge, end] {
      take(edge.ends[end], places_[edge.ends[end]].machine->link_down(edge.links[end], now_));
    });
  }
}

void World::hold_up(MachineId from, MachineId to, Milliseconds until) {
  const std::size_t index = edge_between(from, to);
  if (index == kNone) return;
  Edge& edge = edges_[index];
  const int end = edge.ends[0] == from ? 0 : 1;
  edge.last_arrival[end] = std::max(edge.last_arrival[end], until);
}

std::size_t World::silent_ends(Milliseconds span) const {
  std::size_t found = 0;
  for (const Edge& edge : edges_) {
    for (int end = 0; end < 2; ++end) {
      const bool open = edge.up && !edge.closed[0] && !edge.closed[1];
      found += open && now_ - edge.last_sent[end] > span;
    }
  }
  return found;
}

void World::inject(MachineId from, MachineId to, Bytes frame) {
  const std::size_t edge = edge_between(from, to);
  if (edge == kNone) return;
  deliver(now_, edge, edges_[edge].ends[1] == to ? 1 : 0, std::move(frame));
}

void World::transmit(std::size_t index, int from, Bytes frame) {
  Edge& edge = edges_[index];
  const MachineId sender = edge.ends[from];
  const auto size = static_cast<std::uint32_t>(frame.size());
  if (size > protocol::kMaxFrameBytes) violate(text("machine ", sender, " sent a frame of ", size));
  frame_bytes_ += size;
  if (on_frame) on_frame(sender, edge.ends[1 - from], frame);
  const Milliseconds left =
      std::max(now_, edge.busy_until[from]) + 1 + size / edge.bytes_per_ms[from];
  edge.busy_until[from] = left;
  edge.last_sent[from] = now_;
  later(left, sender, [this, index, from, size] {
    const Edge& on = edges_[index];
    if (!on.up) return;
    take(on.ends[from], places_[on.ends[from]].machine->writable(on.links[from], size, now_));
  });
  if (chance(network_.loss_per_mille)) return;
  const auto spread =
      static_cast<std::uint32_t>(network_.max_latency_ms - network_.min_latency_ms + 1);
  Milliseconds arrival =
      left + network_.min_latency_ms + edge.latency_ms[from] + random_.below(spread);
  if (!chance(network_.overtakes_per_mille)) {
    arrival = std::max(arrival, edge.last_arrival[from]);
    edge.last_arrival[from] = arrival;
  }
  if (chance(network_.repeats_per_mille)) deliver(arrival + 1, index, 1 - from, frame);
  deliver(arrival, index, 1 - from, std::move(frame));
}

void World::deliver(Milliseconds when, std::size_t index, int to, Bytes frame) {
  later(when, edges_[index].ends[to], [this, index, to, frame = std::move(frame)] {
    const Edge& on = edges_[index];
    if (!on.up) return;
    take(on.ends[to], places_[on.ends[to]].machine->received(on.links[to], frame, now_));
  });
}

// --- events

void World::queue(Event event) {
  event.when = std::max(event.when, now_);
  event.number = events_++;
  queue_.push_back(std::move(event));
  std::push_heap(queue_.begin(), queue_.end(), std::greater<>());
}

World::Event World::next() {
  std::pop_heap(queue_.begin(), queue_.end(), std::greater<>());
  Event event = std::move(queue_.back());
  queue_.pop_back();
  return event;
}

void World::at(Milliseconds when, std::function<void()> action) {
  queue({.when = when, .number = 0, .action = std::move(action)});
}

void World::later(Milliseconds when, MachineId id, std::function<void()> action) {
  const std::uint32_t life = places_[id].life;
  at(when, [this, id, life, action = std::move(action)] {
    Place& place = places_[id];
    if (place.life != life || !place.machine) return;
    if (place.asleep_until > now_) {
      place.missed.push_back(action);
    } else {
      action();
    }
  });
}

void World::sleep(MachineId id, Milliseconds until) {
  places_[id].asleep_until = until;
  // What came meanwhile comes at once and in order when it wakes.
  at(until, [this, id] {
    if (places_[id].asleep_until > now_) return;
    const auto missed = std::exchange(places_[id].missed, {});
    const std::uint32_t life = places_[id].life;
    for (const auto& action : missed) {
      if (places_[id].life == life && places_[id].machine) action();
    }
  });
}

void World::take(MachineId id, protocol::Outcome outcome) {
  for (const protocol::Notice& notice : outcome.notices) {
    places_[id].notices.push_back(notice);
    if (on_notice) on_notice(id, notice);
  }
  for (protocol::Outgoing& out : outcome.sends) {
    const std::size_t edge = edge_of(id, out.link);
    if (edge == kNone || !edges_[edge].up) continue;
    transmit(edge, edges_[edge].ends[0] == id ? 0 : 1, std::move(out.frame));
  }
  for (const protocol::LinkId link : outcome.closes) {
    const std::size_t edge = edge_of(id, link);
    if (edge == kNone) continue;
    const int end = edges_[edge].ends[0] == id ? 0 : 1;
    edges_[edge].closed[end] = true;
    if (on_close) on_close(id, edges_[edge].ends[1 - end]);
    // What was sent before the close still arrives.
    at(now_ + 2 * network_.max_latency_ms + 2, [this, edge] { cut(edge); });
  }
  Place& place = places_[id];
  most_held_bytes_ = std::max(most_held_bytes_, place.machine->held_bytes());
  place.training = outcome.training_wanted;
  if (place.training && !place.step_pending) {
    place.step_pending = true;
    step_later(id);
  }
  const std::uint64_t wake = ++place.wake;
  if (outcome.wake_at_ms < 0) {
    const bool linked = std::any_of(edges_.begin(), edges_.end(), [&](const Edge& edge) {
      return edge.up &&
             ((edge.ends[0] == id && !edge.closed[0]) || (edge.ends[1] == id && !edge.closed[1]));
    });
    // With a link to somebody there is always something to look after in a while. (Its link_up may
    // be on its way still.)
    if (linked && now_ > 0 && !outcome.training_wanted) {
      later(now_ + 1, id, [this, id, wake] {
        if (places_[id].wake == wake) violate(text("machine ", id, " waits without a time"));
      });
    }
    return;
  }
  if (outcome.wake_at_ms <= now_) violate(text("machine ", id, " wakes in the past"));
  later(outcome.wake_at_ms, id, [this, id, wake] {
    if (places_[id].wake == wake) take(id, places_[id].machine->time(now_));
  });
}

bool World::step() {
  if (queue_.empty()) return false;
  Event event = next();
  now_ = event.when;
  if (event.stepper == kNone) {
    event.action();
  } else {
    steps_of_now(std::move(event));
  }
  return true;
}

// --- local steps

bool World::may_step(MachineId id) {
  places_[id].step_pending = false;
  places_[id].steps += places_[id].training;
  return places_[id].training;
}

void World::step_later(MachineId id) {
  const Milliseconds when = now_ + places_[id].step_ms;
  const auto alone = [this, id] {
    if (may_step(id)) take(id, places_[id].machine->train_step(now_));
  };
  if (!for_all_) return later(when, id, alone);
  queue({.when = when, .number = 0, .action = alone, .stepper = id, .life = places_[id].life});
}

// What one machine computes depends on no other one; what comes out is taken in the order of the
// events.
void World::steps_of_now(Event first) {
  std::vector<MachineId> ready;
  const auto add = [&](Event event) {
    Place& place = places_[event.stepper];
    if (place.life != event.life || !place.machine) return;
    if (place.asleep_until > now_) {
      place.missed.push_back(std::move(event.action));
    } else if (may_step(event.stepper)) {
      ready.push_back(event.stepper);
    }
  };
  add(std::move(first));
  while (!queue_.empty() && queue_.front().when == now_ && queue_.front().stepper != kNone) {
    add(next());
  }
  std::vector<protocol::Outcome> outcomes(ready.size());
  for_all_(ready,
           [&](std::size_t at) { outcomes[at] = places_[ready[at]].machine->train_step(now_); });
  for (std::size_t at = 0; at < ready.size(); ++at) take(ready[at], std::move(outcomes[at]));
}

void World::run_for(Milliseconds span) {
  const Milliseconds end = now_ + span;
  while (!queue_.empty() && queue_.front().when <= end) step();
  now_ = end;
}

bool World::run_until(const std::function<bool()>& done, Milliseconds at_most) {
  const Milliseconds end = now_ + at_most;
  while (!done()) {
    if (queue_.empty() || queue_.front().when > end) return false;
    step();
  }
  return true;
}

}  // namespace deai::simulate

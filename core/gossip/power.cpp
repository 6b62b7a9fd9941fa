#include "gossip/power.h"

#include "codec/factors.h"
#include "codec/numbers.h"

namespace deai::gossip {

namespace {

// Which epoch and iteration of an edge a message belongs to.
std::uint32_t sequence_of(std::uint32_t epoch, std::uint32_t iteration) {
  return epoch << 16 | (iteration & 0xffffu);
}

}  // namespace

Power::Power(const Settings& settings)
    : step_(settings.step), iterations_(settings.iterations), warm_(settings.warm) {
  codec::for_each_tensor(settings.layout, settings.beginning.size(),
                         [&](std::size_t first, codec::Matrix shape) {
                           const std::size_t rank = codec::useful_rank(shape, settings.rank);
                           if (rank == 0) {
                             raw_.push_back({first, shape.size()});
                             raw_count_ += shape.size();
                             return;
                           }
                           parts_.push_back({shape, first, rank, p_count_, q_count_});
                           p_count_ += rank * shape.rows;
                           q_count_ += rank * shape.columns;
                         });
}

void Power::join(const Neighbour& neighbour) {
  Held* const held = circle_.join(neighbour);
  if (held == nullptr) return;
  held->their_raw.resize(raw_count_);
  begin(*held, 0);
}

void Power::begin(Held& held, std::uint16_t epoch) const {
  held.epoch = epoch;
  held.iteration = 0;
  held.heard = false;
  held.p.resize(p_count_);
  held.q.resize(q_count_);
  Random random(held.neighbour.seed, epoch);
  codec::draw(random, held.p);
  codec::draw(random, held.q);
}

void Power::multiply(Held& held, std::span<const float> x) const {
  const bool even = held.iteration % 2 == 0;
  if (!warm_) {
    Random random(held.neighbour.seed, sequence_of(held.epoch, held.iteration) | 1ull << 40);
    codec::draw(random, even ? held.p : held.q);
  }
  held.mine.resize(even ? q_count_ : p_count_);
  const std::span<float> p = held.p, q = held.q, mine = held.mine;
  for (const Part& part : parts_) {
    const auto tensor = x.subspan(part.first, part.shape.size());
    const auto of_p = p.subspan(part.p_first, part.rank * part.shape.rows);
    const auto of_q = q.subspan(part.q_first, part.rank * part.shape.columns);
    if (even) {
      codec::orthonormalise(of_p, part.shape.rows);
      codec::transposed_times(tensor, part.shape, of_p, mine.subspan(part.q_first, of_q.size()));
    } else {
      codec::orthonormalise(of_q, part.shape.columns);
      codec::times(tensor, part.shape, of_q, mine.subspan(part.p_first, of_p.size()));
    }
  }
}

// A column of zeros (the ends agree in this direction) would stay one: it is drawn anew.
void Power::revive(Held& held, std::span<float> factor, std::size_t length,
                   std::size_t part) const {
  for (std::size_t at = 0; at < factor.size(); at += length) {
    const auto column = factor.subspan(at, length);
    if (codec::sum_of_squares(column) > 0) continue;
    Random random(held.neighbour.seed,
                  sequence_of(held.epoch, held.iteration) | std::uint64_t{part + 1} << 41);
    codec::draw(random, column);
  }
}

double Power::apply(Held& held, std::span<float> x) const {
  const bool even = held.iteration % 2 == 0;
  std::vector<float>& made = even ? held.q : held.p;
  const float sign = held.neighbour.above ? 1.0f : -1.0f;
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = sign * (held.mine[i] - held.theirs[i]);
  const double squares = codec::sum_of_squares(made);
  const auto factor =
      static_cast<float>(-static_cast<double>(sign) * step_ * held.neighbour.weight);
  const std::span<float> p = held.p, q = held.q;
  for (std::size_t at = 0; at < parts_.size(); ++at) {
    const Part& part = parts_[at];
    const auto of_p = p.subspan(part.p_first, part.rank * part.shape.rows);
    const auto of_q = q.subspan(part.q_first, part.rank * part.shape.columns);
    codec::add_product(x.subspan(part.first, part.shape.size()), part.shape, of_p, of_q, factor);
    revive(held, even ? of_q : of_p, even ? part.shape.columns : part.shape.rows, at);
  }
  return squares;
}

std::vector<float> Power::raw_of(std::span<const float> x) const {
  std::vector<float> values;
  for (const Stretch& stretch : raw_) {
    const auto part = x.subspan(stretch.first, stretch.count);
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

void Power::send(std::uint32_t round, std::uint32_t phase, std::span<float> x,
                 std::vector<Message>& out) {
  round_ = round;
  std::shared_ptr<const Bytes> raw;
  if (phase == 0 && raw_count_ > 0) {
    my_raw_ = raw_of(x);
    raw = shared(written(my_raw_));
  }
  for (Held& held : circle_.all) {
    if (raw) out.push_back({held.neighbour.peer, kRaw, round, raw});
    if (parts_.empty()) continue;
    multiply(held, x);
    out.push_back({held.neighbour.peer, kProducts, sequence_of(held.epoch, held.iteration),
                   shared(written(held.mine))});
  }
}

Verdict Power::receive(const Message& message, std::span<float>, std::vector<Message>&) {
  Held* const held = circle_.find(message.peer);
  if (held == nullptr) return Verdict::kLate;
  if (message.kind == kRaw) {
    if (message.sequence != round_) return Verdict::kLate;
    held->heard_raw = read_floats(*message.bytes, held->their_raw);
    return held->heard_raw ? Verdict::kTaken : Verdict::kRefused;
  }
  if (message.kind != kProducts) return Verdict::kRefused;
  if (message.sequence != sequence_of(held->epoch, held->iteration)) {
    // Its end missed something and has begun anew: ours follows, and both are together from the
    // next iteration on.
    const auto epoch = static_cast<std::uint16_t>(message.sequence >> 16);
    const auto ahead = static_cast<std::int16_t>(static_cast<std::uint16_t>(epoch - held->epoch));
    if (ahead > 0) begin(*held, epoch);
    return Verdict::kLate;
  }
  held->theirs.resize(held->mine.size());
  held->heard = read_floats(*message.bytes, held->theirs);
  return held->heard ? Verdict::kTaken : Verdict::kRefused;
}

void Power::mix(std::uint32_t, std::uint32_t phase, std::span<float> x) {
  for (Held& held : circle_.all) {
    double squares = 0;
    if (!parts_.empty() && held.heard) {
      squares = apply(held, x);
      held.heard = false;
      ++held.iteration;
    } else if (held.iteration > 0) {
      begin(held, static_cast<std::uint16_t>(held.epoch + 1));
    }
    if (phase != 0) continue;
    if (held.heard_raw) squares += squared_distance(held.their_raw, my_raw_);
    if (squares > 0 || held.heard_raw) met(squares);
    if (!held.heard_raw) continue;
    held.heard_raw = false;
    const auto weight = static_cast<float>(held.neighbour.weight);
    std::size_t at = 0;
    for (const Stretch& stretch : raw_) {
      for (std::size_t i = 0; i < stretch.count; ++i, ++at) {
        x[stretch.first + i] += weight * (held.their_raw[at] - my_raw_[at]);
      }
    }
  }
}

}  // namespace deai::gossip

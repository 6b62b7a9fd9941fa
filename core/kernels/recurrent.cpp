#include "kernels/recurrent.h"

#include <algorithm>

#include "kernels/lane_math.h"
#include "kernels/memory.h"
#include "kernels/micro.h"
#include "kernels/pack.h"
#include "kernels/share.h"

namespace deai::kernels {

struct RecurrentCell {
  Index gates;
  Index kept;
  bool has_cell;  // c beside h; it stands last in what is kept
  // One step of one sample. before: h, or c where there is one, of the step before.
  void (*forward)(Index width, const real* a, const real* b, const real* before, real* kept,
                  real* h);
  // dh: what the step's result is given. state: of the gradient of `before`, what does not pass
  // through w: of the step behind, and then of this one.
  void (*backward)(Index width, const real* kept, const real* before, const real* dh, real* state,
                   real* da, real* db);
};

namespace {

void gru_forward(Index width, const real* a, const real* b, const real* before, real* kept,
                 real* h) {
  for (Index i = 0; i < width; i += kLanes) {
    const Index left = width - i;
    const auto at = [=](const real* from, Index gate) { return load(from + gate * width + i); };
    const Lanes product = at(b, 2);
    const Lanes r = sigmoid(at(a, 0) + at(b, 0));
    const Lanes z = sigmoid(at(a, 1) + at(b, 1));
    const Lanes n = tanh(at(a, 2) + r * product);
    store_some(kept + i, r, left);
    store_some(kept + width + i, z, left);
    store_some(kept + 2 * width + i, n, left);
    store_some(kept + 3 * width + i, product, left);
    store_some(h + i, n + z * (at(before, 0) - n), left);
  }
}

void gru_backward(Index width, const real* kept, const real* before, const real* dh, real* state,
                  real* da, real* db) {
  for (Index i = 0; i < width; i += kLanes) {
    const Index left = width - i;
    const auto at = [=](const real* from, Index gate) { return load(from + gate * width + i); };
    const Lanes r = at(kept, 0), z = at(kept, 1), n = at(kept, 2);
    const Lanes given = at(dh, 0) + at(state, 0);
    const Lanes dn = given * (real(1) - z) * (real(1) - n * n);
    const Lanes dz = given * (at(before, 0) - n) * z * (real(1) - z);
    const Lanes dr = dn * at(kept, 3) * r * (real(1) - r);
    for (real* const out : {da, db}) {
      store_some(out + i, dr, left);
      store_some(out + width + i, dz, left);
    }
    store_some(da + 2 * width + i, dn, left);
    store_some(db + 2 * width + i, dn * r, left);
    store_some(state + i, given * z, left);
  }
}

void lstm_forward(Index width, const real* a, const real* b, const real* before, real* kept,
                  real* h) {
  for (Index i = 0; i < width; i += kLanes) {
    const Index left = width - i;
    const auto sum = [=](Index gate) {
      return load(a + gate * width + i) + load(b + gate * width + i);
    };
    const Lanes in = sigmoid(sum(0)), forget = sigmoid(sum(1)), g = tanh(sum(2));
    const Lanes out = sigmoid(sum(3));
    const Lanes c = forget * load(before + i) + in * g;
    const Lanes all[] = {in, forget, g, out, c};
    for (Index gate = 0; gate < 5; ++gate) store_some(kept + gate * width + i, all[gate], left);
    store_some(h + i, out * tanh(c), left);
  }
}

void lstm_backward(Index width, const real* kept, const real* before, const real* dh, real* state,
                   real* da, real* /*db*/) {
  for (Index i = 0; i < width; i += kLanes) {
    const Index left = width - i;
    const auto at = [=](const real* from, Index gate) { return load(from + gate * width + i); };
    const Lanes in = at(kept, 0), forget = at(kept, 1), g = at(kept, 2), out = at(kept, 3);
    const Lanes given = at(dh, 0), t = tanh(at(kept, 4));
    const Lanes dc = at(state, 0) + given * out * (real(1) - t * t);
    const Lanes all[] = {dc * g * in * (real(1) - in),
                         dc * at(before, 0) * forget * (real(1) - forget),
                         dc * in * (real(1) - g * g), given * t * out * (real(1) - out)};
    for (Index gate = 0; gate < 4; ++gate) store_some(da + gate * width + i, all[gate], left);
    store_some(state + i, dc * forget, left);
  }
}

// How the samples are divided: each part goes through all its steps by itself.
struct Parts {
  Index count;
  Index samples;  // of each but the last
};

Parts parts_of(const Recurrent& r) {
  const double multiplications = static_cast<double>(r.samples * r.steps) *
                                 static_cast<double>(r.width * r.width * r.cell->gates);
  const Index samples =
      std::max<Index>(1, ceil_div(r.samples, worthwhile_threads(multiplications)));
  return {ceil_div(r.samples, samples), samples};
}

struct Workspace {
  real* w;      // packed
  real* zeros;  // [width], a state
  real* rows;   // forward: b of a part's samples; backward: the gradient of h, [samples, width]
  real* state;  // backward: [samples, width]
  Index size;
};

Workspace carve(const Recurrent& r, bool gradient, real* memory) {
  const Index wide = r.cell->gates * r.width;
  Carver carver(memory);
  Workspace parts{};
  parts.w = carver.take(gradient ? packed_size(wide, r.width) : packed_size(r.width, wide));
  parts.zeros = carver.take(r.width);
  parts.rows = carver.take(r.samples * (gradient ? r.width : wide));
  if (gradient) parts.state = carver.take(r.samples * r.width);
  parts.size = carver.used() + kReadBehindBytes / Index{sizeof(real)};
  return parts;
}

}  // namespace

const RecurrentCell kGruCell{3, 4, false, gru_forward, gru_backward};
const RecurrentCell kLstmCell{4, 5, true, lstm_forward, lstm_backward};

Index recurrent_gates(const Recurrent& sizes) { return sizes.cell->gates; }
Index recurrent_kept(const Recurrent& sizes) { return sizes.cell->kept; }

const real* lstm_last_cell(const Recurrent& sizes, const real* kept) {
  return kept + (sizes.steps * kLstmCell.kept - 1) * sizes.width;
}

Index recurrent_workspace(const Recurrent& sizes, bool gradient) {
  return carve(sizes, gradient, nullptr).size;
}

// All samples of a part take a step together: w is read once for all of them.
void recurrent(const Recurrent& sizes, const real* a, const real* w, const real* bias,
               const real* before, real* kept, real* h, real* workspace) {
  const Recurrent r = sizes;
  const RecurrentCell& cell = *r.cell;
  const Index wide = cell.gates * r.width, row = cell.kept * r.width;
  const Workspace parts = carve(r, false, workspace);
  std::fill_n(parts.zeros, r.width, real(0));
  pack_panels(w, r.width, true, r.width, wide, bias, parts.w);
  const Parts division = parts_of(r);
  share(division.count, division.count, [&](Index part, Index /*worker*/) {
    const Index first = part * division.samples;
    const Index rows = std::min(division.samples, r.samples - first);
    real* const b = parts.rows + first * wide;
    for (Index step = 0; step < r.steps; ++step) {
      // The state before the step, and from sample to sample.
      const real* last = before == nullptr ? parts.zeros : before + first * r.width;
      const real* last_cell = before == nullptr ? parts.zeros : last + r.samples * r.width;
      Index stride = before == nullptr ? 0 : r.width, cell_stride = stride;
      if (step > 0) {
        last = h + (first * r.steps + step - 1) * r.width;
        last_cell = kept + (first * r.steps + step) * row - r.width;
        stride = r.steps * r.width;
        cell_stride = r.steps * row;
      }
      multiply_rows(rows, wide, r.width, last, stride, parts.w, b, wide);
      for (Index sample = 0; sample < rows; ++sample) {
        const Index at = (first + sample) * r.steps + step;
        cell.forward(r.width, a + at * wide, b + sample * wide,
                     cell.has_cell ? last_cell + sample * cell_stride : last + sample * stride,
                     kept + at * row, h + at * r.width);
      }
    }
  });
}

void recurrent_gradient(const Recurrent& sizes, const real* w, const real* kept, const real* h,
                        const real* dh, real* da, real* db, real* workspace) {
  const Recurrent r = sizes;
  const RecurrentCell& cell = *r.cell;
  const Index wide = cell.gates * r.width, row = cell.kept * r.width;
  const Workspace parts = carve(r, true, workspace);
  std::fill_n(parts.zeros, r.width, real(0));
  pack_panels(w, r.width, false, wide, r.width, nullptr, parts.w);
  const Parts division = parts_of(r);
  share(division.count, division.count, [&](Index part, Index /*worker*/) {
    const Index first = part * division.samples;
    const Index rows = std::min(division.samples, r.samples - first);
    real* const given = parts.rows + first * r.width;
    real* const state = parts.state + first * r.width;
    std::fill_n(given, rows * r.width, real(0));
    std::fill_n(state, rows * r.width, real(0));
    for (Index step = r.steps - 1; step >= 0; --step) {
      for (Index sample = 0; sample < rows; ++sample) {
        const Index at = (first + sample) * r.steps + step;
        const real* before = parts.zeros;
        if (step > 0) before = cell.has_cell ? kept + at * row - r.width : h + (at - 1) * r.width;
        real* const all = given + sample * r.width;
        for (Index i = 0; i < r.width; ++i) all[i] += dh[at * r.width + i];
        cell.backward(r.width, kept + at * row, before, all, state + sample * r.width,
                      da + at * wide, db + at * wide);
      }
      if (step == 0) break;
      multiply_rows(rows, r.width, wide, db + (first * r.steps + step) * wide, r.steps * wide,
                    parts.w, given, r.width);
    }
  });
}

}  // namespace deai::kernels

#pragma once

#include "base/real.h"

namespace deai::kernels {

// Layers that go through a sequence step by step, with a state h of `width` numbers.
//   gru (Cho et al., 2014, with PyTorch's order r, z, n and its reset after the product):
//     r = σ(aᵣ + bᵣ), z = σ(a_z + b_z), n = tanh(aₙ + r·bₙ), h = (1 − z)·n + z·h₋₁
//   lstm (Hochreiter and Schmidhuber, 1997, with a forget gate; order i, f, g, o):
//     c = σ(a_f + b_f)·c₋₁ + σ(aᵢ + bᵢ)·tanh(a_g + b_g), h = σ(aₒ + bₒ)·tanh(c)
// where a is what the input gives (with its bias) and b = w·h₋₁ + bias.
struct RecurrentCell;
extern const RecurrentCell kGruCell;
extern const RecurrentCell kLstmCell;

struct Recurrent {
  const RecurrentCell* cell;
  Index samples;
  Index steps;
  Index width;
};

// Numbers that a step has of each kind, in widths: of a and b, and of what is kept for the gradient.
Index recurrent_gates(const Recurrent& sizes);
Index recurrent_kept(const Recurrent& sizes);

// Reals, for the gradient or not.
Index recurrent_workspace(const Recurrent& sizes, bool gradient);

// a [samples, steps, gates·width]; w [gates·width, width], bias [gates·width]; before: the state of
// each sample [samples, width] at first, for lstm followed by c of each; nullptr: zeros.
// h [samples, steps, width]; kept [samples, steps, kept·width].
void recurrent(const Recurrent& sizes, const real* a, const real* w, const real* bias,
               const real* before, real* kept, real* h, real* workspace);

// da and db, as a lies; they are equal, and the same memory, for lstm. The state was zeros at first.
void recurrent_gradient(const Recurrent& sizes, const real* w, const real* kept, const real* h,
                        const real* dh, real* da, real* db, real* workspace);

// c of the last step, of one sample: where in `kept` it stands (of lstm).
const real* lstm_last_cell(const Recurrent& sizes, const real* kept);

}  // namespace deai::kernels

#pragma once

#include <algorithm>

#include "base/error.h"
#include "kernels/column_sums.h"
#include "kernels/gemm.h"
#include "kernels/recurrent.h"
#include "ops/recurrent.h"

// Only for gru.cpp and lstm.cpp: what the two have in common.
namespace deai::ops {

inline kernels::Recurrent check_recurrent(std::string_view name, const kernels::RecurrentCell& cell,
                                          const Shape& x, const RecurrentWeights& w) {
  const Shape& w_ih = w.w_ih.shape();
  const Shape& w_hh = w.w_hh.shape();
  kernels::Recurrent sizes{&cell, 0, 0, 0};
  const Index gates = kernels::recurrent_gates(sizes);
  if (x.rank() != 3 || w_hh.rank() != 2 || w_hh[0] != gates * w_hh[1] ||
      w_ih != Shape{w_hh[0], x[2]} || w.b_ih.shape() != Shape{w_hh[0]} ||
      w.b_hh.shape() != Shape{w_hh[0]}) {
    fail(ErrorCode::kShape,
         text(name, ": expected x [N, T, I], w_ih [", gates, "·H, I], w_hh [", gates,
              "·H, H], b_ih, b_hh [", gates, "·H], got x ", x.to_string(), ", w_ih ",
              w_ih.to_string(), ", w_hh ", w_hh.to_string(), ", b_ih ", w.b_ih.shape().to_string(),
              ", b_hh ", w.b_hh.shape().to_string()));
  }
  return {&cell, x[0], x[1], w_hh[1]};
}

inline void multiply(const kernels::Gemm& product) {
  tensor::Tensor workspace({kernels::gemm_workspace(product)});
  kernels::gemm(product, workspace.data());
}

// dw = daᵀ·x of `rows` rows.
inline void give_weight(autograd::Gradient& dw, Index rows, const real* da, const real* x) {
  const auto [data, accumulate] = dw.target();
  multiply({.m = dw.shape()[0],
            .n = dw.shape()[1],
            .k = rows,
            .a = da,
            .a_transposed = true,
            .b = x,
            .c = data,
            .accumulate = accumulate});
}

inline void give_bias(autograd::Gradient& db, const tensor::Tensor& da) {
  const auto [data, accumulate] = db.target();
  const Index width = da.shape()[2];
  kernels::column_sums(da.data(), da.size() / width, width, data, accumulate);
}

// memory [states, H]: the state before the first step, and then after the last one; only of one
// sample, without gradients. Without elements: zeros.
inline autograd::Variable recurrent(autograd::Context& context, std::string_view name,
                                    const kernels::RecurrentCell& cell, const autograd::Variable& x,
                                    const RecurrentWeights& w, tensor::Tensor memory = {}) {
  using tensor::Tensor;
  const kernels::Recurrent sizes = check_recurrent(name, cell, x.shape(), w);
  const Index rows = sizes.samples * sizes.steps;
  const Index wide = w.w_ih.shape()[0];
  Tensor h({sizes.samples, sizes.steps, sizes.width});
  Tensor kept({sizes.samples, sizes.steps, kernels::recurrent_kept(sizes) * sizes.width});
  {
    Tensor a({sizes.samples, sizes.steps, wide});
    multiply({.m = rows,
              .n = wide,
              .k = x.shape()[2],
              .a = x.value().data(),
              .b = w.w_ih.value().data(),
              .b_transposed = true,
              .c = a.data(),
              .bias = w.b_ih.value().data()});
    Tensor workspace({kernels::recurrent_workspace(sizes, false)});
    kernels::recurrent(sizes, a.data(), w.w_hh.value().data(), w.b_hh.value().data(),
                       memory ? memory.data() : nullptr, kept.data(), h.data(), workspace.data());
  }
  if (memory && rows > 0) {
    std::copy_n(h.data() + (rows - 1) * sizes.width, sizes.width, memory.data());
    if (&cell == &kernels::kLstmCell) {
      std::copy_n(kernels::lstm_last_cell(sizes, kept.data()), sizes.width,
                  memory.data() + sizes.width);
    }
  }
  const autograd::Variable* const inputs[] = {&x, &w.w_ih, &w.w_hh, &w.b_ih, &w.b_hh};
  if (std::ranges::none_of(inputs, [](const auto* one) { return one->needs_gradient(); })) {
    return autograd::Variable(h);
  }

  return context.tape.record(
      h, [sizes, h, kept, x = x.value(), w_ih = w.w_ih.value(), w_hh = w.w_hh.value(),
          dx = x.gradient(), dw_ih = w.w_ih.gradient(), dw_hh = w.w_hh.gradient(),
          db_ih = w.b_ih.gradient(), db_hh = w.b_hh.gradient()](const Tensor& dh) {
        const Index count = sizes.samples * sizes.steps;
        const Index columns = w_ih.shape()[0];
        Tensor da({sizes.samples, sizes.steps, columns});
        Tensor db = sizes.cell == &kernels::kLstmCell ? da : Tensor(da.shape());
        {
          Tensor workspace({kernels::recurrent_workspace(sizes, true)});
          kernels::recurrent_gradient(sizes, w_hh.data(), kept.data(), h.data(), dh.data(),
                                      da.data(), db.data(), workspace.data());
        }
        if (dx != nullptr) {
          const auto [data, accumulate] = dx->target();
          multiply({.m = count,
                    .n = x.shape()[2],
                    .k = columns,
                    .a = da.data(),
                    .b = w_ih.data(),
                    .c = data,
                    .accumulate = accumulate});
        }
        if (dw_ih != nullptr) give_weight(*dw_ih, count, da.data(), x.data());
        if (db_ih != nullptr) give_bias(*db_ih, da);
        if (db_hh != nullptr) give_bias(*db_hh, db);
        if (dw_hh == nullptr) return;
        // Each row of db meets the state before it, which is the row before in h; a sample's first one
        // met zeros.
        for (Index sample = 0; sample < sizes.samples; ++sample) {
          std::fill_n(db.data() + sample * sizes.steps * columns, columns, real(0));
        }
        give_weight(*dw_hh, std::max<Index>(count - 1, 0), db.data() + columns, h.data());
      });
}

// The next steps of one sample.
inline tensor::Tensor recurrent_step(std::string_view name, const kernels::RecurrentCell& cell,
                                     const tensor::Tensor& x, const RecurrentWeights& w,
                                     tensor::Tensor& memory) {
  const Shape expected{&cell == &kernels::kLstmCell ? 2 : 1, w.w_hh.shape()[-1]};
  if (x.shape().rank() != 3 || x.shape()[0] != 1 || memory.shape() != expected) {
    fail(ErrorCode::kShape,
         text(name, ": expected x [1, T, I] and a memory ", expected.to_string(), ", got x ",
              x.shape().to_string(), ", memory ", memory.shape().to_string()));
  }
  const RecurrentWeights constant{
      autograd::Variable(w.w_ih.value()), autograd::Variable(w.w_hh.value()),
      autograd::Variable(w.b_ih.value()), autograd::Variable(w.b_hh.value())};
  autograd::Context none;
  return recurrent(none, name, cell, autograd::Variable(x), constant, memory).value();
}

}  // namespace deai::ops

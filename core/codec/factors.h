#pragma once

#include <span>

#include "base/random.h"
#include "codec/layout.h"

namespace deai::codec {

// Thin matrices of r columns, each column contiguous, for power iterations. Additions stand in one
// order, and no multiply-add is contracted: equal inputs give equal bits on every machine.

// X a → out [M x r], for X [M x N] row by row and a [N x r].
void times(std::span<const float> x, const Matrix& shape, std::span<const float> a,
           std::span<float> out);
// Xᵀ a → out [N x r], for a [M x r].
void transposed_times(std::span<const float> x, const Matrix& shape, std::span<const float> a,
                      std::span<float> out);
// Gram-Schmidt over the columns, each of `length`; 1e-8 keeps a column of zeros finite.
void orthonormalise(std::span<float> columns, std::size_t length);
// X += factor · p qᵀ.
void add_product(std::span<float> x, const Matrix& shape, std::span<const float> p,
                 std::span<const float> q, float factor);
// Standard normal numbers.
void draw(Random& random, std::span<float> out);
// The most columns of use, and 0 where r of them are no shorter than the tensor itself.
std::size_t useful_rank(const Matrix& shape, std::size_t rank);

}  // namespace deai::codec

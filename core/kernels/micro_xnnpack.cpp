#include <cstddef>
#include <cstdint>

#include "kernels/memory.h"
#include "kernels/micro.h"
#include "xnnpack/igemm.h"
#include "xnnpack/transpose.h"

namespace deai::kernels {

namespace {

constexpr std::size_t bytes(Index count) { return static_cast<std::size_t>(count) * sizeof(float); }

// Kernels without a clamp have no parameters; the others get bounds that bind nothing.
// A minmax kernel must let a NaN through (tests/kernels/micro.cpp); XNNPACK's sse ones do not.
constexpr xnn_f32_default_params kNoParams{};
[[maybe_unused]] constexpr xnn_f32_minmax_params kNoClamp{{-kUnbounded, kUnbounded}};

template <auto kernel, Index mr, Index nr, const auto& params>
void igemm(Index rows, Index columns, Index depth, Index terms, const float** a, const float* w,
           float* c, Index c_stride, Index a_offset) {
  // No pointer of ours stands for a row of zeros; the kernels want an address to compare with.
  static const float zero = 0;
  kernel(static_cast<std::size_t>(rows), static_cast<std::size_t>(columns), bytes(depth),
         static_cast<std::size_t>(terms * mr) * sizeof(void*), a, w, c, bytes(c_stride), bytes(nr),
         bytes(a_offset), &zero, &params);
}

template <auto kernel>
void transpose(Index rows, Index columns, const float* in, Index in_stride, float* out,
               Index out_stride) {
  kernel(reinterpret_cast<const std::uint32_t*>(in), reinterpret_cast<std::uint32_t*>(out),
         bytes(in_stride), bytes(out_stride), static_cast<std::size_t>(columns),
         static_cast<std::size_t>(rows));
}

MicroKernels choose() {
#if defined(__wasm__) && defined(DEAI_RELAXED_SIMD)
  return {6,
          8,
          igemm<xnn_f32_igemm_ukernel_6x8__wasmrelaxedsimd_fma_loadsplat, 6, 8, kNoParams>,
          igemm<xnn_f32_igemm_ukernel_1x8__wasmrelaxedsimd_fma_loadsplat, 1, 8, kNoParams>,
          igemm<xnn_f32_igemm_ukernel_4x8__wasmrelaxedsimd_fma_loadsplat, 4, 8, kNoParams>,
          transpose<xnn_x32_transposec_ukernel__4x4_reuse_mov_wasmsimd>};
#elif defined(__wasm__)
  return {5,
          8,
          igemm<xnn_f32_igemm_ukernel_5x8__wasmsimd_loadsplat, 5, 8, kNoParams>,
          igemm<xnn_f32_igemm_ukernel_1x8__wasmsimd_loadsplat, 1, 8, kNoParams>,
          igemm<xnn_f32_igemm_ukernel_5x8__wasmsimd_loadsplat, 5, 8, kNoParams>,
          transpose<xnn_x32_transposec_ukernel__4x4_reuse_mov_wasmsimd>};
#else
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx") && __builtin_cpu_supports("fma")) {
    return {5,
            16,
            igemm<xnn_f32_igemm_minmax_ukernel_5x16__fma3_broadcast_prfm, 5, 16, kNoClamp>,
            igemm<xnn_f32_igemm_minmax_ukernel_1x16__fma3_broadcast, 1, 16, kNoClamp>,
            igemm<xnn_f32_igemm_minmax_ukernel_5x16__fma3_broadcast_prfm, 5, 16, kNoClamp>,
            transpose<xnn_x32_transposec_ukernel__4x4_sse>};
  }
#endif
  return portable_micro_kernels();
#endif
}

}  // namespace

const MicroKernels& portable_micro_kernels() {
  static constexpr MicroKernels kKernels{4,
                                         4,
                                         igemm<xnn_f32_igemm_ukernel_4x4__scalar, 4, 4, kNoParams>,
                                         igemm<xnn_f32_igemm_ukernel_1x4__scalar, 1, 4, kNoParams>,
                                         igemm<xnn_f32_igemm_ukernel_4x4__scalar, 4, 4, kNoParams>,
                                         transpose<xnn_x32_transposec_ukernel__4x4_scalar_int>};
  return kKernels;
}

const MicroKernels& micro_kernels() {
  static const MicroKernels kernels = choose();
  return kernels;
}

}  // namespace deai::kernels

#include <cstddef>
#include <cstdint>

#include "kernels/memory.h"
#include "kernels/micro.h"
#include "xnnpack/gemm.h"
#include "xnnpack/igemm.h"
#include "xnnpack/transpose.h"

namespace deai::kernels {

namespace {

constexpr std::size_t bytes(Index count) {
  return static_cast<std::size_t>(count) * sizeof(float);
}

template <auto kernel>
void gemm(Index rows, Index columns, Index depth, const float* a, Index a_stride, const float* w,
          float* c, Index c_stride, const float* acc, Clamp clamp) {
  xnn_f32_minmax_params params;
  params.scalar = {clamp.low, clamp.high};
  kernel(static_cast<std::size_t>(rows), static_cast<std::size_t>(columns), bytes(depth), a,
         bytes(a_stride), w, c, bytes(c_stride), bytes(kMaxNr), acc, &params);
}

// nr: columns of the kernel's panel; mr: pointers per term.
template <auto kernel, Index mr, Index nr, typename Params>
void igemm(Index rows, Index columns, Index depth, Index terms, const float** a, const float* w,
           float* c, Index c_stride, Index a_offset) {
  // No pointer of ours stands for a row of zeros; the kernels want an address to compare with.
  static const float zero = 0;
  Params params{};
  if constexpr (requires { params.scalar.min; }) {
    params.scalar.min = -kUnbounded;
    params.scalar.max = kUnbounded;
  }
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
  return {6, 8, gemm<xnn_f32_gemminc_minmax_ukernel_6x8__wasmrelaxedsimd_fma_loadsplat>,
          gemm<xnn_f32_gemminc_minmax_ukernel_1x8__wasmrelaxedsimd_fma_loadsplat>,
          igemm<xnn_f32_igemm_ukernel_6x8__wasmrelaxedsimd_fma_loadsplat, 6, 8,
                xnn_f32_default_params>,
          transpose<xnn_x32_transposec_ukernel__4x4_reuse_mov_wasmsimd>};
#elif defined(__wasm__)
  return {5, 8, gemm<xnn_f32_gemminc_minmax_ukernel_5x8__wasmsimd_arm_splat>,
          gemm<xnn_f32_gemminc_minmax_ukernel_1x8__wasmsimd_arm_splat>,
          igemm<xnn_f32_igemm_ukernel_5x8__wasmsimd_splat, 5, 8, xnn_f32_default_params>,
          transpose<xnn_x32_transposec_ukernel__4x4_reuse_mov_wasmsimd>};
#else
  if (__builtin_cpu_supports("avx") && __builtin_cpu_supports("fma")) {
    return {5, 16, gemm<xnn_f32_gemminc_minmax_ukernel_5x16__fma3_broadcast>,
            gemm<xnn_f32_gemminc_minmax_ukernel_1x16__fma3_broadcast>,
            igemm<xnn_f32_igemm_minmax_ukernel_5x16__fma3_broadcast_prfm, 5, 16,
                  xnn_f32_minmax_params>,
            transpose<xnn_x32_transposec_ukernel__4x4_sse>};
  }
  return {4, 8, gemm<xnn_f32_gemminc_minmax_ukernel_4x8__sse_load1>,
          gemm<xnn_f32_gemminc_minmax_ukernel_1x8__sse_load1>,
          igemm<xnn_f32_igemm_minmax_ukernel_4x8__sse_load1, 4, 8, xnn_f32_minmax_params>,
          transpose<xnn_x32_transposec_ukernel__4x4_sse>};
#endif
}

}  // namespace

const MicroKernels& micro_kernels() {
  static const MicroKernels kernels = choose();
  return kernels;
}

}  // namespace deai::kernels

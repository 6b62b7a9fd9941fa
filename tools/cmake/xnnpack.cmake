# XNNPACK's micro-kernels, called directly by core/kernels; its operators, graph and thread pool are not compiled.
# Why: an operator packs weights and allocates when it is created, which suits inference; in training the weights change
# in every step. A micro-kernel gets pointers and strides and allocates nothing.
#
# The lists hold exactly what core/kernels/micro_xnnpack.cpp names: igemm (the indirect matrix product, of
# which the plain one is the case with one term) and transpose, per instruction set.

set(xnn ${DEAI_SOURCE_xnnpack})

# Any machine.
set(xnn_portable
  f32-igemm/gen/f32-igemm-1x4-scalar.c
  f32-igemm/gen/f32-igemm-4x4-scalar.c
  x32-transposec/gen/x32-transposec-4x4-scalar-int.c)

# Every x86-64.
set(xnn_sse
  x32-transposec/x32-transposec-4x4-sse.c)

# Chosen at run time by __builtin_cpu_supports("fma") (and "avx").
set(xnn_fma3
  f32-igemm/gen/f32-igemm-1x16-minmax-fma3-broadcast.c
  f32-igemm/gen/f32-igemm-5x16-minmax-fma3-broadcast-prfm.c)

# Kernels without a clamp: in the others its two bounds take registers that 6x8 sums need, and "x86" ones (pmin, pmax)
# turn a NaN into the lower bound, as the native sse ones do.
set(xnn_wasmsimd
  f32-igemm/gen/f32-igemm-1x8-wasmsimd-loadsplat.c
  f32-igemm/gen/f32-igemm-5x8-wasmsimd-loadsplat.c
  x32-transposec/gen/x32-transposec-4x4-reuse-mov-wasmsimd.c)

# Fused multiply-add of relaxed SIMD.
set(xnn_wasmrelaxedsimd
  f32-igemm/gen/f32-igemm-1x8-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-4x8-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-6x8-wasmrelaxedsimd-fma-loadsplat.c)

set(lists xnn_portable)
if(DEAI_WASM)
  list(APPEND lists xnn_wasmsimd)
  if(DEAI_RELAXED)
    list(APPEND lists xnn_wasmrelaxedsimd)
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND lists xnn_sse xnn_fma3)
endif()
set(sources)
foreach(list IN LISTS lists)
  list(TRANSFORM ${list} PREPEND ${xnn}/src/)
  list(APPEND sources ${${list}})
endforeach()
set_source_files_properties(${xnn_fma3} PROPERTIES COMPILE_OPTIONS "-mavx;-mfma")
if(DEAI_RELAXED)
  set_source_files_properties(${xnn_wasmrelaxedsimd} PROPERTIES COMPILE_OPTIONS -mrelaxed-simd)
endif()

# XNNPACK includes pthreadpool's, FXdiv's and FP16's headers; nothing of theirs is compiled.
deai_third_party(deai_xnnpack
  SOURCES ${sources}
  INCLUDES ${xnn}/include ${xnn}/src ${DEAI_SOURCE_pthreadpool}/include ${DEAI_SOURCE_fxdiv}/include
           ${DEAI_SOURCE_fp16}/include
  DEFINITIONS XNN_ENABLE_CPUINFO=0 XNN_ENABLE_MEMOPT=1 XNN_ENABLE_SPARSE=0 XNN_ENABLE_ASSEMBLY=0 XNN_ENABLE_JIT=0
              XNN_ENABLE_KLEIDIAI=0 XNN_ENABLE_HVX=0 XNN_ENABLE_ARM_FP16_SCALAR=0 XNN_ENABLE_ARM_FP16_VECTOR=0
              XNN_ENABLE_ARM_BF16=0 XNN_ENABLE_ARM_DOTPROD=0 XNN_ENABLE_ARM_I8MM=0 XNN_LOG_LEVEL=0)
# The kernels are given whole vectors to read: up to XNN_EXTRA_BYTES behind an input (the tensor buffers pad for that).
target_compile_options(deai_xnnpack PRIVATE -fno-math-errno -ffunction-sections)

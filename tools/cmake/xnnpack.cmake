# XNNPACK's micro-kernels, called directly by core/kernels; its operators, graph and thread pool are not compiled.
# Why: an operator packs weights and allocates when it is created, which suits inference; in training the weights change
# in every step. A micro-kernel gets pointers and strides and allocates nothing.
#
# The lists hold what XNNPACK itself chooses in production for f32 (src/configs/*-config.c of the pinned version).
# To use one more kernel, add its path below src/ to the list of its instruction set; unused ones are dropped by the
# linker, so a name here costs compile time only.

set(xnn ${DEAI_SOURCE_xnnpack})

# Portable, every kind. packing.cc: weights → the panel layout the gemm kernels read (xnn_pack_f32_gemm_goi_w,
# …_gio_w, …_conv_goki_w, …_dwconv_*), straight loops without SIMD; the x32-packw kernels do the same faster for goi.
set(xnn_portable
  reference/packing.cc
  x32-transposec/gen/x32-transposec-2x4-scalar-int.c)

# Baseline of x86-64.
set(xnn_sse
  f32-gemm/gen/f32-gemm-1x8-minmax-sse-load1.c
  f32-gemm/gen/f32-gemm-4x8-minmax-sse-load1.c
  f32-igemm/gen/f32-igemm-1x8-minmax-sse-load1.c
  f32-igemm/gen/f32-igemm-4x8-minmax-sse-load1.c
  f32-maxpool/f32-maxpool-9p8x-minmax-sse-c4.c
  x32-packw/gen/x32-packw-x8-gemm-goi-sse2-u4.c
  x32-transposec/x32-transposec-4x4-sse.c)

# Chosen at run time by __builtin_cpu_supports("avx").
set(xnn_avx
  f32-gemm/gen/f32-gemm-1x16-minmax-avx-broadcast.c
  f32-gemm/gen/f32-gemm-5x16-minmax-avx-broadcast.c
  f32-igemm/gen/f32-igemm-1x16-minmax-avx-broadcast.c
  f32-igemm/gen/f32-igemm-5x16-minmax-avx-broadcast.c
  x32-packw/gen/x32-packw-x16-gemm-goi-avx-u4.c
  x32-transposec/gen/x32-transposec-8x8-reuse-multi-avx.c)

# Chosen at run time by __builtin_cpu_supports("fma") (and "avx").
set(xnn_fma3
  f32-gemm/gen/f32-gemm-1x16-minmax-fma3-broadcast.c
  f32-gemm/gen/f32-gemm-5x16-minmax-fma3-broadcast.c
  f32-igemm/gen/f32-igemm-1x16-minmax-fma3-broadcast.c
  f32-igemm/gen/f32-igemm-5x16-minmax-fma3-broadcast-prfm.c)

# The "x86" kernels clamp with pmin/pmax, two x86 instructions where wasm's own min/max are ten; on ARM they cost the same
# or little more, and one choice for all machines keeps the results equal. XNNPACK probes the machine instead.
set(xnn_wasmsimd
  f32-gemm/gen/f32-gemm-1x8-minmax-wasmsimd-x86-loadsplat.c
  f32-gemm/gen/f32-gemm-4x8-minmax-wasmsimd-x86-loadsplat.c
  f32-gemm/gen/f32-gemm-1x8-wasmsimd-loadsplat.c
  f32-gemm/gen/f32-gemm-4x8-wasmsimd-loadsplat.c
  f32-gemm/gen/f32-gemm-1x8-relu-wasmsimd-loadsplat.c
  f32-gemm/gen/f32-gemm-4x8-relu-wasmsimd-loadsplat.c
  f32-igemm/gen/f32-igemm-1x8-minmax-wasmsimd-x86-loadsplat.c
  f32-igemm/gen/f32-igemm-4x8-minmax-wasmsimd-x86-loadsplat.c
  f32-igemm/gen/f32-igemm-1x8-wasmsimd-loadsplat.c
  f32-igemm/gen/f32-igemm-4x8-wasmsimd-loadsplat.c
  f32-igemm/gen/f32-igemm-1x8-relu-wasmsimd-loadsplat.c
  f32-igemm/gen/f32-igemm-4x8-relu-wasmsimd-loadsplat.c
  f32-maxpool/f32-maxpool-9p8x-minmax-wasmsimd-x86-c4.c
  x32-packw/gen/x32-packw-x8-gemm-goi-wasmsimd-u4.c
  x32-transposec/gen/x32-transposec-4x4-reuse-mov-wasmsimd.c)

# Fused multiply-add of relaxed SIMD. The 6x8 tiles are XNNPACK's choice for ARM ("splat"); with "loadsplat" they also
# beat its x86 choice of 4x8 where this project measured (tools/bench decides in core/kernels).
set(xnn_wasmrelaxedsimd
  f32-gemm/gen/f32-gemm-1x8-minmax-wasmrelaxedsimd-fma-loadsplat.c
  f32-gemm/gen/f32-gemm-4x8-minmax-wasmrelaxedsimd-fma-loadsplat.c
  f32-gemm/gen/f32-gemm-6x8-minmax-wasmrelaxedsimd-fma-loadsplat.c
  f32-gemm/gen/f32-gemm-1x8-wasmrelaxedsimd-fma-loadsplat.c
  f32-gemm/gen/f32-gemm-4x8-wasmrelaxedsimd-fma-loadsplat.c
  f32-gemm/gen/f32-gemm-6x8-wasmrelaxedsimd-fma-loadsplat.c
  f32-gemm/gen/f32-gemm-1x8-relu-wasmrelaxedsimd-fma-loadsplat.c
  f32-gemm/gen/f32-gemm-4x8-relu-wasmrelaxedsimd-fma-loadsplat.c
  f32-gemm/gen/f32-gemm-6x8-relu-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-1x8-minmax-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-4x8-minmax-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-6x8-minmax-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-1x8-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-4x8-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-6x8-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-1x8-relu-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-4x8-relu-wasmrelaxedsimd-fma-loadsplat.c
  f32-igemm/gen/f32-igemm-6x8-relu-wasmrelaxedsimd-fma-loadsplat.c)

set(lists xnn_portable)
if(DEAI_WASM)
  list(APPEND lists xnn_wasmsimd)
  if(DEAI_RELAXED)
    list(APPEND lists xnn_wasmrelaxedsimd)
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND lists xnn_sse xnn_avx xnn_fma3)
else()
  message(FATAL_ERROR "no XNNPACK kernels are listed for ${CMAKE_SYSTEM_PROCESSOR} yet: add a list here")
endif()
set(sources)
foreach(list IN LISTS lists)
  list(TRANSFORM ${list} PREPEND ${xnn}/src/)
  list(APPEND sources ${${list}})
endforeach()
set_source_files_properties(${xnn_avx} PROPERTIES COMPILE_OPTIONS -mavx)
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

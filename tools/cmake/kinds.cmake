# The six kinds of build.
#   release       native, optimised, XNNPACK kernels
#   sanitize      native, AddressSanitizer and UndefinedBehaviorSanitizer, asserts, XNNPACK kernels (so their padding is checked)
#   double        native, real = double, Eigen kernels, asserts: the exact reference for gradients
#   wasm-simd     wasm with 128-bit SIMD
#   wasm-relaxed  the same, core/kernels also with relaxed SIMD
#   wasm-threads  the same, with threads and shared memory
# Native kinds have threads, too, so that the kernels' use of them is tested there.
set(kinds release sanitize double wasm-simd wasm-relaxed wasm-threads)
if(NOT DEAI_KIND IN_LIST kinds)
  message(FATAL_ERROR "DEAI_KIND is '${DEAI_KIND}', expected one of: ${kinds}")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

set(DEAI_WASM OFF)
set(DEAI_RELAXED OFF)
set(DEAI_THREADS ON)
set(DEAI_XNNPACK ON)
if(DEAI_KIND MATCHES "^wasm-")
  set(DEAI_WASM ON)
endif()
if(DEAI_KIND MATCHES "^wasm-(relaxed|threads)$")
  set(DEAI_RELAXED ON)
endif()
if(DEAI_KIND MATCHES "^wasm-(simd|relaxed)$")
  set(DEAI_THREADS OFF)
endif()
if(DEAI_KIND STREQUAL "double")
  set(DEAI_XNNPACK OFF)
endif()

# Flags of everything, third party included, where objects of differing flags could not be linked or would disagree.
if(DEAI_WASM)
  add_compile_options(-O3 -msimd128 -fwasm-exceptions -DNDEBUG)
  # Not -O3: 2 to 3 kB (gzip) larger, for 0.7 % of titanic's step.
  add_link_options(-O2 -fwasm-exceptions)
elseif(DEAI_KIND STREQUAL "release")
  add_compile_options(-O3 -DNDEBUG -gline-tables-only)
elseif(DEAI_KIND STREQUAL "sanitize")
  add_compile_options(-O1 -gline-tables-only -fno-omit-frame-pointer -fsanitize=address,undefined
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(DEAI_KIND STREQUAL "double")
  add_compile_options(-O2 -gline-tables-only)
endif()
if(NOT DEAI_WASM)
  add_link_options(-fuse-ld=lld)
endif()
if(DEAI_THREADS)
  add_compile_options(-pthread)
  add_link_options(-pthread)
endif()

# Flags of our own code. Paths in messages and asserts are relative to the clone, so that ccache serves every clone.
add_library(deai_flags INTERFACE)
target_compile_options(deai_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Wdouble-promotion -Werror -fcolor-diagnostics)
if(DEAI_KIND STREQUAL "double")
  target_compile_definitions(deai_flags INTERFACE DEAI_REAL_DOUBLE=1)
endif()

# Toolchain file of the wasm kinds: Emscripten's own, from the folder that tools/setup unpacked (tools/build exports it).
if(NOT DEFINED ENV{DEAI_EMSCRIPTEN})
  message(FATAL_ERROR "DEAI_EMSCRIPTEN is not set: configure with tools/build wasm-simd")
endif()
include($ENV{DEAI_EMSCRIPTEN}/cmake/Modules/Platform/Emscripten.cmake)

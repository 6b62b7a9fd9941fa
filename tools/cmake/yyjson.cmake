# yyjson: strict JSON (no comments, no trailing commas, no NaN), reading only what core/task needs.
deai_third_party(deai_yyjson
  SOURCES ${DEAI_SOURCE_yyjson}/src/yyjson.c
  INCLUDES ${DEAI_SOURCE_yyjson}/src
  DEFINITIONS YYJSON_DISABLE_NON_STANDARD=1 YYJSON_DISABLE_INCR_READER=1)
if(DEAI_WASM)
  # A task.json is read once: no inlining by force, no tables for reading numbers faster than strtod does.
  target_compile_options(deai_yyjson PRIVATE -Os)
  target_compile_definitions(deai_yyjson PRIVATE yyjson_inline=inline YYJSON_DISABLE_FAST_FP_CONV=1)
endif()

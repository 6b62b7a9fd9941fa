# yyjson: strict JSON (no comments, no trailing commas, no NaN), reading only what core/task needs.
deai_third_party(deai_yyjson
  SOURCES ${DEAI_SOURCE_yyjson}/src/yyjson.c
  INCLUDES ${DEAI_SOURCE_yyjson}/src
  DEFINITIONS YYJSON_DISABLE_NON_STANDARD=1 YYJSON_DISABLE_INCR_READER=1)
if(DEAI_WASM)
  target_compile_options(deai_yyjson PRIVATE -Os) # a task.json is read once
endif()

# Catch2 as its amalgamated source: one file to compile instead of a hundred; the headers are the usual <catch2/…>.
set(config ${CMAKE_BINARY_DIR}/catch2/catch2/catch_user_config.hpp)
set(CATCH_CONFIG_CONSOLE_WIDTH 120)
set(CATCH_CONFIG_DEFAULT_REPORTER console)
configure_file(${DEAI_SOURCE_catch2}/src/catch2/catch_user_config.hpp.in ${config})
deai_third_party(deai_catch2
  SOURCES ${DEAI_SOURCE_catch2}/extras/catch_amalgamated.cpp
  INCLUDES ${DEAI_SOURCE_catch2}/src ${CMAKE_BINARY_DIR}/catch2
  PRIVATE_INCLUDES ${DEAI_SOURCE_catch2}/extras)

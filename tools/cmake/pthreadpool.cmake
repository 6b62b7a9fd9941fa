# pthreadpool: the threads of core/kernels, in kinds that have threads. Only what parallel.cpp calls: not the legacy API.
set(pool ${DEAI_SOURCE_pthreadpool})
deai_third_party(deai_pthreadpool
  SOURCES ${pool}/src/portable-api.c ${pool}/src/memory.c ${CMAKE_SOURCE_DIR}/tools/cmake/pthreadpool_threads.c
  INCLUDES ${pool}/include
  PRIVATE_INCLUDES ${pool}/src ${DEAI_SOURCE_fxdiv}/include
  DEFINITIONS PTHREADPOOL_NO_DEPRECATED_API=1)
target_compile_definitions(deai_pthreadpool PRIVATE PTHREADPOOL_USE_CPUINFO=0 PTHREADPOOL_USE_FASTPATH=0)

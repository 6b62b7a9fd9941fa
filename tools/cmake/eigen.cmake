# Eigen: headers only. EIGEN_MPL2_ONLY keeps the LGPL parts out; no Eigen threads, no Eigen asserts in release builds.
add_library(deai_eigen INTERFACE)
target_include_directories(deai_eigen SYSTEM INTERFACE ${DEAI_SOURCE_eigen})
target_compile_definitions(deai_eigen INTERFACE EIGEN_MPL2_ONLY EIGEN_DONT_PARALLELIZE)

add_library(deai_xnnpack INTERFACE)

add_library(deai_sodium INTERFACE)

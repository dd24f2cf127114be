# The kernels' sources; tests compile the same files for the CPU.
set(luqsim_cuda_folder ${CMAKE_CURRENT_LIST_DIR})
set(luqsim_cuda_sources device.cpp int8_gemm.cpp layout.cu luq.cu measure.cu packed_gemm.cpp sawb.cu scale_sums.cu widen.cu)
list(TRANSFORM luqsim_cuda_sources PREPEND ${luqsim_cuda_folder}/src/)

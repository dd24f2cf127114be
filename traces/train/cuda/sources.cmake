set(luqsim_train_cuda_folder ${CMAKE_CURRENT_LIST_DIR})
set(luqsim_train_cuda_sources attention.cu cuda_backend.cpp cuda_download.cpp elementwise.cu images.cu layer_norm.cu
    linear.cu loss.cu)
list(TRANSFORM luqsim_train_cuda_sources PREPEND ${luqsim_train_cuda_folder}/)

// Training steps on a GPU, with the bits of the cpu backend.
#pragma once
#include <memory>
#include <string>

#include "backend.h"

namespace luqsim::train {

// Throws InputError where there is no usable device.
std::unique_ptr<Backend> make_cuda_backend();

// Of the device that it uses, for the provenance of a trace.
struct CudaDescription {
  std::string device, driver, cuda, kernels;
};
CudaDescription describe_cuda();

}  // namespace luqsim::train

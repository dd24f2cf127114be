// What every call of the runtime does: it locks the emulator and remembers the error that it returns.
#pragma once
#include <mutex>

#include "streams.h"

namespace luqsim::emulator {

class Call {
 public:
  Call() : lock_(Streams::instance().mutex()) {}

  Streams& streams() const { return Streams::instance(); }
  // Functions that run in a stream may not call the runtime.
  bool permitted() const { return !streams().in_host_function(); }
  // `error`, remembered for cudaGetLastError unless it is cudaSuccess or cudaErrorNotReady.
  cudaError_t result(cudaError_t error) const;

 private:
  std::lock_guard<std::recursive_mutex> lock_;
};

}  // namespace luqsim::emulator

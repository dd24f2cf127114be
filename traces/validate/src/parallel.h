// Loops over pieces of a tensor on all threads; what a piece throws is thrown after the loop.
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

namespace luqsim {

template <class F>
void for_pieces(int threads, std::uint64_t pieces, F f) {
  std::exception_ptr failure;
  std::mutex mutex;
  std::atomic<bool> failed = false;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(pieces); ++i) {
    if (failed) continue;
    try {
      f(static_cast<std::uint64_t>(i));
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      failed = true;
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace luqsim

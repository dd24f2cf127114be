// A copy from a backend's memory that is on its way to the host.
#pragma once
#include <cstddef>
#include <span>

namespace luqsim::train {

class Download {
 public:
  virtual ~Download() = default;
  // Waits for the copy; valid as long as this object.
  virtual std::span<const std::byte> wait() = 0;

  template <class T>
  std::span<const T> wait_for() {
    const std::span<const std::byte> bytes = wait();
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

}  // namespace luqsim::train

// Page-locked host memory: what copies may read and write after the call that queued them.
#pragma once
#include <cstddef>
#include <map>

namespace luqsim::emulator {

class PinnedMemory {
 public:
  static PinnedMemory& instance();

  // Filled with 0xFF; nullptr if there is none.
  void* allocate(std::size_t size);
  // False unless the pointer is an allocation's.
  bool release(void* pointer);
  // Whether the range lies in one allocation.
  bool contains(const void* pointer, std::size_t size) const;

 private:
  std::map<const std::byte*, std::size_t> allocations_;
};

}  // namespace luqsim::emulator

#include "pinned_memory.h"

#include <cstdlib>
#include <cstring>
#include <iterator>

namespace luqsim::emulator {

PinnedMemory& PinnedMemory::instance() {
  static auto* const memory = new PinnedMemory;
  return *memory;
}

void* PinnedMemory::allocate(std::size_t size) {
  constexpr std::size_t alignment = 256;
  // Not rounded up to a multiple of the alignment: AddressSanitizer then knows the exact end.
  void* pointer = nullptr;
  if (posix_memalign(&pointer, alignment, size) != 0) return nullptr;
  std::memset(pointer, 0xFF, size);
  allocations_[static_cast<std::byte*>(pointer)] = size;
  return pointer;
}

bool PinnedMemory::release(void* pointer) {
  if (allocations_.erase(static_cast<std::byte*>(pointer)) == 0) return false;
  std::free(pointer);
  return true;
}

bool PinnedMemory::contains(const void* pointer, std::size_t size) const {
  const auto* begin = static_cast<const std::byte*>(pointer);
  auto next = allocations_.upper_bound(begin);
  if (next == allocations_.begin()) return false;
  const auto& [start, length] = *std::prev(next);
  const auto offset = static_cast<std::size_t>(begin - start);
  return offset <= length && size <= length - offset;
}

}  // namespace luqsim::emulator

#include "device_memory.h"

#include <array>
#include <cstring>
#include <iterator>
#include <new>
#include <string>

#include <sys/mman.h>

#include "luqsim_emulator/control.h"
#include "sanitizer.h"

namespace luqsim::emulator {
namespace {

constexpr std::size_t arena_size = std::size_t{16} << 30;
constexpr std::size_t default_limit = std::size_t{4} << 30;
constexpr std::size_t guard_size = 256;
// Freed bytes whose addresses wait before they are used again: a stale pointer meets 0xFF, not somebody else's data.
constexpr std::size_t quarantine_size = std::size_t{16} << 20;
// Access is switched in units of large pages, which keeps switching cheap.
constexpr std::size_t page_size = std::size_t{2} << 20;
constexpr int fresh_byte = 0xFF;

constexpr std::size_t round_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

// A guard zone, the payload, and a guard zone that also fills the last unit.
constexpr std::size_t extent_of(std::size_t size) { return guard_size + round_up(size, guard_size) + guard_size; }

constexpr std::size_t trailing_size(std::size_t size) { return round_up(size, guard_size) - size + guard_size; }

// No byte value repeats within a guard zone: hardly anything writes this by accident.
constexpr auto guard_pattern = [] {
  std::array<unsigned char, 2 * guard_size> pattern{};
  for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<unsigned char>(0x5A ^ (i * 37));
  return pattern;
}();

std::ptrdiff_t first_difference(const std::byte* zone, std::size_t size) {
  if (std::memcmp(zone, guard_pattern.data(), size) == 0) return -1;
  std::size_t i = 0;
  while (zone[i] == std::byte{guard_pattern[i]}) ++i;
  return static_cast<std::ptrdiff_t>(i);
}

std::string described(const Allocation& allocation) {
  return "allocation " + std::to_string(allocation.number) + " (" + std::to_string(allocation.size) +
         " bytes at device offset " + std::to_string(allocation.offset) + ")";
}

}  // namespace

DeviceMemory& DeviceMemory::instance() {
  static auto* const memory = new DeviceMemory;  // never destroyed: destructors of other statics may still free
  return *memory;
}

DeviceMemory::DeviceMemory() : limit_(default_limit) {
  void* arena = mmap(nullptr, arena_size + page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (arena == MAP_FAILED) throw std::bad_alloc();
  base_ = static_cast<std::byte*>(arena);
  base_ += round_up(reinterpret_cast<std::uintptr_t>(arena), page_size) - reinterpret_cast<std::uintptr_t>(arena);
  madvise(base_, arena_size, MADV_HUGEPAGE);  // as good without
}

void DeviceMemory::open() {
  if (opened_++ == 0 && used_ > 0) mprotect(base_, round_up(used_, page_size), PROT_READ | PROT_WRITE);
}

void DeviceMemory::close() {
  if (--opened_ == 0 && used_ > 0) mprotect(base_, round_up(used_, page_size), PROT_NONE);
}

void* DeviceMemory::reserve(std::size_t size) {
  if (size > limit_ || in_use_ > limit_ - size) return nullptr;
  const std::size_t space = find_space(extent_of(size));
  if (space == arena_size) return nullptr;
  const std::size_t offset = space + guard_size;
  live_[offset] = {offset, size, ++allocations_};
  in_use_ += size;
  return base_ + offset;
}

// Offset of an unused extent, or arena_size.
std::size_t DeviceMemory::find_space(std::size_t extent) {
  for (auto hole = free_.begin(); hole != free_.end(); ++hole) {
    if (hole->second < extent) continue;
    const auto [offset, size] = *hole;
    free_.erase(hole);
    if (size > extent) free_[offset + extent] = size - extent;
    return offset;
  }
  if (extent > arena_size - used_) return arena_size;
  const std::size_t offset = used_;
  used_ += extent;
  if (opened_ > 0) mprotect(base_, round_up(used_, page_size), PROT_READ | PROT_WRITE);
  forbid_access(base_ + offset, extent);
  return offset;
}

void DeviceMemory::activate(void* pointer) {
  const auto found = live_.find(static_cast<std::size_t>(static_cast<std::byte*>(pointer) - base_));
  if (found == live_.end()) return;
  Allocation& allocation = found->second;
  allocation.live = true;
  const DeviceAccess access;
  permit_access(pointer, allocation.size);
  std::memset(pointer, fresh_byte, allocation.size);
  permit_guards(allocation);
  write_guards(allocation);
  forbid_guards(allocation);
}

bool DeviceMemory::announce_free(void* pointer) {
  if (!contains(pointer)) return false;
  const auto found = live_.find(static_cast<std::size_t>(static_cast<std::byte*>(pointer) - base_));
  if (found == live_.end() || found->second.dying) return false;
  found->second.dying = true;
  return true;
}

void DeviceMemory::release(void* pointer) {
  const auto found = live_.find(static_cast<std::size_t>(static_cast<std::byte*>(pointer) - base_));
  if (found == live_.end()) return;
  const Allocation allocation = found->second;
  live_.erase(found);
  in_use_ -= allocation.size;
  const std::size_t offset = allocation.offset - guard_size, extent = extent_of(allocation.size);
  const DeviceAccess access;
  permit_access(base_ + offset, extent);
  std::memset(base_ + offset, fresh_byte, extent);
  forbid_access(base_ + offset, extent);
  quarantine_.emplace_back(offset, extent);
  quarantined_ += extent;
  while (quarantined_ > quarantine_size) {
    const auto [old_offset, old_extent] = quarantine_.front();
    quarantine_.pop_front();
    quarantined_ -= old_extent;
    reuse_addresses(old_offset, old_extent);
  }
}

// Joins the extent with its free neighbours.
void DeviceMemory::reuse_addresses(std::size_t offset, std::size_t extent) {
  auto next = free_.lower_bound(offset);
  if (next != free_.end() && next->first == offset + extent) {
    extent += next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto previous = std::prev(next);
    if (previous->first + previous->second == offset) {
      previous->second += extent;
      return;
    }
  }
  free_[offset] = extent;
}

bool DeviceMemory::contains(const void* pointer) const {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer), base = reinterpret_cast<std::uintptr_t>(base_);
  return address >= base && address - base < arena_size;
}

// The allocation that the pointer lies in or just behind, or nullptr.
const Allocation* DeviceMemory::around(const void* pointer) const {
  const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(pointer) - base_);
  auto next = live_.upper_bound(offset);
  if (next == live_.begin()) return nullptr;
  const Allocation& allocation = std::prev(next)->second;
  return offset - allocation.offset <= allocation.size ? &allocation : nullptr;
}

void DeviceMemory::require_live(const void* pointer, std::size_t size, const std::string& what) const {
  const Allocation* allocation = contains(pointer) ? around(pointer) : nullptr;
  if (allocation == nullptr) throw KernelError(what + ": points to no device allocation, or to one that was freed");
  if (!allocation->live)
    throw KernelError(what + ": " + described(*allocation) + " is not allocated yet in the order of the streams");
  const auto begin = static_cast<std::size_t>(static_cast<const std::byte*>(pointer) - base_) - allocation->offset;
  if (size > allocation->size - begin)
    throw KernelError(what + ": " + std::to_string(size) + " bytes from byte " + std::to_string(begin) +
                      " leave device " + described(*allocation));
}

std::ptrdiff_t DeviceMemory::changed_guard_byte(const Allocation& allocation) const {
  const std::byte* payload = base_ + allocation.offset;
  const std::ptrdiff_t before = first_difference(payload - guard_size, guard_size);
  if (before >= 0) return before - static_cast<std::ptrdiff_t>(guard_size);
  const std::ptrdiff_t behind = first_difference(payload + allocation.size, trailing_size(allocation.size));
  return behind >= 0 ? behind + static_cast<std::ptrdiff_t>(allocation.size) : 0;
}

void DeviceMemory::check_guards(const std::string& what) {
  for (const auto& [offset, allocation] : live_) {
    if (!allocation.live) continue;
    permit_guards(allocation);
    const std::ptrdiff_t changed = changed_guard_byte(allocation);
    forbid_guards(allocation);
    if (changed != 0)
      throw KernelError(what + ": wrote outside device " + described(allocation) + ", at its byte " +
                        std::to_string(changed));
  }
}

void DeviceMemory::repair_guards() {
  const DeviceAccess access;
  for (const auto& [offset, allocation] : live_) {
    permit_guards(allocation);
    write_guards(allocation);
    forbid_guards(allocation);
  }
}

void DeviceMemory::write_guards(const Allocation& allocation) {
  std::byte* payload = base_ + allocation.offset;
  std::memcpy(payload - guard_size, guard_pattern.data(), guard_size);
  std::memcpy(payload + allocation.size, guard_pattern.data(), trailing_size(allocation.size));
}

void DeviceMemory::forbid_guards(const Allocation& allocation) const {
  const std::byte* payload = base_ + allocation.offset;
  forbid_access(payload - guard_size, guard_size);
  forbid_access(payload + allocation.size, trailing_size(allocation.size));
}

void DeviceMemory::permit_guards(const Allocation& allocation) const {
  const std::byte* payload = base_ + allocation.offset;
  permit_access(payload - guard_size, guard_size);
  permit_access(payload + allocation.size, trailing_size(allocation.size));
}

}  // namespace luqsim::emulator

// The device's memory: one reserved range of addresses that can be read and written only while operations run, so that
// host code which follows a device pointer is stopped. Allocations lie between guard zones of a known pattern.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace luqsim::emulator {

struct Allocation {
  std::size_t offset;  // of the payload, in the arena
  std::size_t size;
  std::uint64_t number;  // counts allocations
  bool live = false;     // the stream has got to the allocation; before, only the host knows the address
  bool dying = false;    // a free is queued
};

class DeviceMemory {
 public:
  static DeviceMemory& instance();

  // Addresses for `size` > 0 bytes, multiples of 256; nullptr if they do not fit.
  void* reserve(std::size_t size);
  // Makes the allocation live and its bytes 0xFF. Nothing if it has been freed meanwhile.
  void activate(void* pointer);
  // A free is on its way: false unless the pointer is an allocation's and no free is.
  bool announce_free(void* pointer);
  // Makes the bytes 0xFF and, some other frees later, the addresses free to use again.
  void release(void* pointer);

  bool contains(const void* pointer) const;
  // Throws KernelError, whose message starts with `what`, unless the range lies in one live allocation.
  void require_live(const void* pointer, std::size_t size, const std::string& what) const;
  // Throws KernelError, whose message starts with `what`, if a guard zone has changed.
  void check_guards(const std::string& what);
  // After an error: writes all guard zones anew.
  void repair_guards();

  std::size_t limit() const { return limit_; }
  void set_limit(std::size_t bytes) { limit_ = bytes; }
  std::size_t in_use() const { return in_use_; }

 private:
  friend class DeviceAccess;

  DeviceMemory();
  void open();
  void close();
  std::size_t find_space(std::size_t extent);
  void reuse_addresses(std::size_t offset, std::size_t extent);
  const Allocation* around(const void* pointer) const;
  void write_guards(const Allocation& allocation);
  // Offset of the first changed guard byte relative to the payload, or 0 (which is never a guard's).
  std::ptrdiff_t changed_guard_byte(const Allocation& allocation) const;
  void forbid_guards(const Allocation& allocation) const;
  void permit_guards(const Allocation& allocation) const;

  std::byte* base_;
  std::size_t used_ = 0;  // bytes of the arena that have ever been handed out
  std::size_t limit_;
  std::size_t in_use_ = 0;
  std::uint64_t allocations_ = 0;
  int opened_ = 0;
  std::map<std::size_t, Allocation> live_;  // by offset
  // Extents, guard zones included: freed lately, and free to use again.
  std::deque<std::pair<std::size_t, std::size_t>> quarantine_;
  std::size_t quarantined_ = 0;
  std::map<std::size_t, std::size_t> free_;
};

// Device memory is accessible while one of these is open.
class DeviceAccess {
 public:
  DeviceAccess() { open(); }
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;
  ~DeviceAccess() { close(); }

  void open() {
    if (!open_) DeviceMemory::instance().open();
    open_ = true;
  }
  void close() {
    if (open_) DeviceMemory::instance().close();
    open_ = false;
  }

 private:
  bool open_ = false;
};

}  // namespace luqsim::emulator

// AddressSanitizer's interface, or nothing without it.
#pragma once
#include <cstddef>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace luqsim::emulator {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool address_sanitizer = true;
inline void forbid_access(const void* begin, std::size_t size) { __asan_poison_memory_region(begin, size); }
inline void permit_access(const void* begin, std::size_t size) { __asan_unpoison_memory_region(begin, size); }
inline void leave_stack(void** saved, const void* bottom, std::size_t size) {
  __sanitizer_start_switch_fiber(saved, bottom, size);
}
inline void enter_stack(void* saved, const void** old_bottom, std::size_t* old_size) {
  __sanitizer_finish_switch_fiber(saved, old_bottom, old_size);
}
#else
inline constexpr bool address_sanitizer = false;
inline void forbid_access(const void* /*begin*/, std::size_t /*size*/) {}
inline void permit_access(const void* /*begin*/, std::size_t /*size*/) {}
inline void leave_stack(void** /*saved*/, const void* /*bottom*/, std::size_t /*size*/) {}
inline void enter_stack(void* /*saved*/, const void** /*old_bottom*/, std::size_t* /*old_size*/) {}
#endif

}  // namespace luqsim::emulator

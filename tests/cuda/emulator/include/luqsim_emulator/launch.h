// cudaLaunchKernelEx: packs a kernel and its arguments, converted to the parameter types, for the stream's queue.
#pragma once
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "luqsim_emulator/runtime_types.h"

namespace luqsim::emulator {

// An argument that is a pointer, or a word of a class that may be one.
struct PointerArgument {
  int position;
  bool is_certain;
  const void* address;
};

struct Kernel {
  const void* address;
  const std::type_info* type;
  std::function<void()> run_thread;
  std::vector<PointerArgument> pointers;
};

cudaError_t launch(const cudaLaunchConfig_t* config, Kernel kernel);

template <class T>
void note_pointers([[maybe_unused]] int position, [[maybe_unused]] const T& argument, [[maybe_unused]] Kernel& kernel) {
  if constexpr (std::is_pointer_v<T>) {
    if constexpr (std::is_object_v<std::remove_pointer_t<T>> || std::is_void_v<std::remove_pointer_t<T>>)
      kernel.pointers.push_back({position, true, const_cast<const void*>(static_cast<const volatile void*>(argument))});
  } else if constexpr (std::is_class_v<T> && std::has_unique_object_representations_v<T>) {
    // Classes with padding are left alone: old pointers may lie in it.
    for (std::size_t offset = 0; offset + sizeof(void*) <= sizeof(T); offset += sizeof(void*)) {
      const void* word = nullptr;
      std::memcpy(&word, reinterpret_cast<const char*>(&argument) + offset, sizeof word);
      kernel.pointers.push_back({position, false, word});
    }
  }
}

}  // namespace luqsim::emulator

template <class... Expected, class... Actual>
requires(sizeof...(Expected) == sizeof...(Actual) && (std::is_convertible_v<Actual, Expected> && ...)) cudaError_t
    cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Expected...), Actual&&... arguments) {
  static_assert((!std::is_reference_v<Expected> && ...), "a kernel takes its arguments by value");
  static_assert((std::is_trivially_copyable_v<Expected> && ...), "arguments are copied to the device byte by byte");
  static_assert((sizeof(Expected) + ... + 0) <= 32764, "more bytes of arguments than a launch can carry");
  const std::tuple<Expected...> values(static_cast<Expected>(std::forward<Actual>(arguments))...);
  luqsim::emulator::Kernel launched{reinterpret_cast<const void*>(kernel),
                                    &typeid(void(Expected...)),
                                    [kernel, values] { std::apply(kernel, values); },
                                    {}};
  std::apply(
      [&launched](const Expected&... value) {
        [[maybe_unused]] int position = 0;
        (luqsim::emulator::note_pointers(position++, value, launched), ...);
      },
      values);
  return luqsim::emulator::launch(config, std::move(launched));
}

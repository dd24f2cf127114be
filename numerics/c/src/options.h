// Structures of options that grow: read in the size that the caller knows.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "arguments.h"

namespace luqsim::c {

// Bytes of the first version of luqsim.h: callers know at least these.
inline constexpr std::size_t luq_options_v1 = sizeof(luqsim_luq_options);
inline constexpr std::size_t sawb_options_v1 = sizeof(luqsim_sawb_options);

template <class Options>
void write_defaults(Options* options, std::size_t size, std::size_t v1, const Options& defaults) {
  require_pointer(options, "options");
  if (size < v1) invalid("options_size", std::to_string(size), "at least " + std::to_string(v1));
  std::memset(options, 0, size);
  std::memcpy(options, &defaults, std::min(size, sizeof defaults));
  options->size = size;
}

// A copy of *options, the defaults for null or where the caller's version lacks a member. Members of a later version
// than this one must be 0: they ask for something that this version cannot do.
template <class Options>
Options read_options(const Options* options, std::size_t v1, Options defaults) {
  if (options == nullptr) return defaults;
  const std::size_t size = options->size;
  if (size < v1) invalid("options->size", std::to_string(size), "at least " + std::to_string(v1));
  std::memcpy(&defaults, options, std::min(size, sizeof defaults));
  const auto* bytes = reinterpret_cast<const unsigned char*>(options);
  for (std::size_t i = sizeof defaults; i < size; ++i)
    if (bytes[i] != 0)
      invalid("options->size", std::to_string(size),
              std::to_string(sizeof defaults) + ", or zeros beyond: members that this version does not know");
  return defaults;
}

}  // namespace luqsim::c

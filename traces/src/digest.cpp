#include "luqsim/traces/digest.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL  // the library's header has it all: nothing to link
#include <xxhash.h>

namespace luqsim {

std::string content_digest(std::span<const std::uint8_t> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string content_digest(const std::string& text) {
  return content_digest({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace luqsim

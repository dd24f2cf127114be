// Designs: as a YAML file, and as the canonical text that sweeps keep.
#include "luqsim/arch/architecture.h"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>

#include "temporary_folder.h"

namespace luqsim {
namespace {

template <class Read>
std::optional<Architecture> accepted(Read read) {
  try {
    return read();
  } catch (const ArchitectureError&) {
    return std::nullopt;
  }
}

// What was read once reads again, and says the same.
void check_round_trip(const Architecture& architecture) {
  const std::string text = canonical_text(architecture);
  if (canonical_text(from_canonical_text(text)) != text) std::abort();
}

}  // namespace
}  // namespace luqsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace luqsim;
  static const test::TemporaryFolder folder;  // what a design extends lies beside it
  const std::filesystem::path path = folder / "design.yaml";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::ofstream(path, std::ios::binary) << text;
  if (const auto design = accepted([&] { return load_architecture(path); })) check_round_trip(*design);
  if (const auto design = accepted([&] { return from_canonical_text(text); })) check_round_trip(*design);
  return 0;
}

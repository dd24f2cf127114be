// Which backend a run uses, and how a trace describes it.
#pragma once
#include <memory>

#include "backend.h"

namespace luqsim::train {

enum class BackendKind : std::uint8_t { cpu, cuda };

struct ChosenBackend {
  std::unique_ptr<Backend> backend;
  Provenance provenance;  // of the machine alone: backend, device, driver, cuda, kernels
};

// Throws InputError where this program, or this machine, has none of that kind, or none with that accumulator.
ChosenBackend choose_backend(BackendKind kind, std::optional<AccumulatorKind> accumulator);

}  // namespace luqsim::train

namespace luqsim {
template <>
struct EnumNames<train::BackendKind> {
  static constexpr std::array<std::string_view, 2> names{"cpu", "cuda"};
};
}  // namespace luqsim

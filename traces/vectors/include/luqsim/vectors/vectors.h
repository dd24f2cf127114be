// Test vectors: stimuli and expected results in one safetensors file, for kernels and hardware that have nothing of
// luqsim in them. docs/vectors.md names the tensors.
//
// Every function writes the corner cases and then `cases` random ones for each configuration, and returns how many
// cases the file has. The same arguments give the same bytes. std::invalid_argument for a configuration that is not
// valid, std::system_error where the file cannot be written; an older file stays as it was.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "luqsim/numerics/dot_model.h"
#include "luqsim/numerics/luq.h"
#include "luqsim/numerics/sawb.h"

namespace luqsim {

struct VectorOptions {
  std::filesystem::path output;
  std::uint32_t cases = 16;  // random ones, after the corner cases of each configuration
  std::uint64_t seed = 1;    // of the random cases and of the Philox streams
};

// Every code with its value, and inputs to encode: each value, the middle between neighbours, one unit in the last
// place to both sides of these, and `cases` random numbers. Any format but fp32.
std::size_t write_format_vectors(const VectorOptions& options, std::span<const Format> formats);

std::size_t write_luq_vectors(const VectorOptions& options, std::span<const LuqConfig> configs);
std::size_t write_sawb_vectors(const VectorOptions& options, std::span<const SawbConfig> configs);

// Formats of A and B: int4, uint4, fp4_e3m0, at most one of them fp4_e3m0.
struct GemmFormats {
  Format a = Format::int4, b = Format::int4;
};
std::size_t write_gemm_vectors(const VectorOptions& options, std::span<const GemmFormats> formats,
                               std::span<const DotPreset> models);

}  // namespace luqsim

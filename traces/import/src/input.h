// Bounded reading of a file, and of the numbers in it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace luqsim {

struct NumberRange {
  std::uint64_t min, max;
};
constexpr NumberRange gemm_range{1, (std::uint64_t{1} << 40) - 1};  // as in a record
constexpr NumberRange image_range{1, std::uint64_t{1} << 24};       // pixels, channels, filters, kernels, strides
constexpr NumberRange padding_range{0, std::uint64_t{1} << 24};
constexpr NumberRange repeat_range{1, 10000};
constexpr NumberRange batch_range{1, std::uint64_t{1} << 24};
constexpr std::size_t longest_name = 200;

// "an integer from 1 to 10000"
std::string wanted(const NumberRange& range);

// nullopt unless all of `text` is a decimal number in range.
std::optional<std::uint64_t> to_number(std::string_view text, const NumberRange& range);

// The whole file, without a UTF-8 byte order mark. Throws TraceError when it cannot be read or is larger than `limit`.
std::string read_text(const std::filesystem::path& file, std::size_t limit);

}  // namespace luqsim

// Limits of the emulated device: those of compute capability 9.0.
#pragma once
#include <cstddef>

namespace luqsim::emulator::limits {

inline constexpr unsigned grid_x = 0x7FFFFFFF, grid_yz = 65535, block_threads = 1024, block_z = 64;
inline constexpr std::size_t shared_bytes = 48 * 1024, shared_bytes_opt_in = 227 * 1024,
                             shared_bytes_multiprocessor = 228 * 1024;
inline constexpr int multiprocessors = 4, threads_multiprocessor = 2048, blocks_multiprocessor = 32, registers = 65536;

}  // namespace luqsim::emulator::limits

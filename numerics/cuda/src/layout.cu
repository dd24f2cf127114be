#include "luqsim/cuda/layout.h"

#include "launch.h"
#include "packed.h"

namespace luqsim::cuda {
namespace {

template <bool fp4>
__global__ void __launch_bounds__(max_block_threads)
    pack_kernel(const std::int8_t* levels, Shape shape, std::uint8_t* codes) {
  const std::uint64_t row_bytes = packed_row_bytes(shape.cols);
  for (std::uint64_t b = global_thread(); b < shape.rows * row_bytes; b += global_threads()) {
    const std::uint64_t row = b / row_bytes, col = 2 * (b % row_bytes);
    std::uint32_t pair = 0;
    for (unsigned i = 0; i < 2 && col + i < shape.cols; ++i)
      pair |= code_of_level<fp4>(levels[row * shape.cols + col + i]) << 4 * i;
    codes[b] = static_cast<std::uint8_t>(pair);
  }
}

// A block turns a tile of codes. `out` has a row for each column of the codes.
__global__ void __launch_bounds__(max_block_threads)
    transpose_kernel(Packed from, std::uint64_t row_bytes, std::uint8_t* out) {
  __shared__ TransposedTile codes;
  const std::uint64_t across = (from.rows + tile - 1) / tile, tiles = across * ((from.cols + tile - 1) / tile);
  for (std::uint64_t t = blockIdx.x; t < tiles; t += gridDim.x) {
    const std::uint64_t first_col = t / across * tile, first_row = t % across * tile;
    read_tile(from, first_row, first_col, codes);
    for (unsigned i = threadIdx.x; i < tile * tile / 2; i += blockDim.x) {
      const unsigned row = i / (tile / 2), col = i % (tile / 2) * 2;
      if (first_col + row < from.cols && first_row + col < from.rows)
        out[(first_col + row) * row_bytes + (first_row + col) / 2] =
            static_cast<std::uint8_t>(codes[row][col] | codes[row][col + 1] << 4);
    }
    __syncthreads();
  }
}

}  // namespace

void pack_levels(cudaStream_t stream, const std::int8_t* levels, Format format, Shape shape, std::uint8_t* codes) {
  with_format(format, [&](auto tag) {
    launch_over(stream, shape.rows * packed_row_bytes(shape.cols), pack_kernel<tag.value == Format::fp4_e3m0>, levels,
                shape, codes);
  });
}

void transpose_codes(cudaStream_t stream, const std::uint8_t* codes, Shape stored, std::uint8_t* transposed) {
  const std::uint64_t tiles = ((stored.rows + tile - 1) / tile) * ((stored.cols + tile - 1) / tile);
  launch_over(stream, tiles * geometry().block_threads, transpose_kernel, packed(codes, stored),
              static_cast<std::uint64_t>(packed_row_bytes(stored.rows)), transposed);
}

}  // namespace luqsim::cuda

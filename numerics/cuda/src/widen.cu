// Packed codes to int8 rows along K, for the tensor cores; and back to floats.
#include "luqsim/cuda/gemm.h"

#include "eight.h"
#include "elements/codes.h"
#include "launch.h"
#include "packed.h"

namespace luqsim::cuda {
namespace {

template <Format format>
__device__ std::uint32_t four_values(const std::uint32_t (&codes)[4]) {
  return values_of_codes<format>(codes[0] | codes[1] << 4 | codes[2] << 8 | codes[3] << 12);
}

// A thread makes 16 values, one row's: 8 bytes in, 16 out. `vectors`: rows of the codes are whole
// chunks, aligned to 8 bytes.
template <Format format>
__global__ void __launch_bounds__(max_block_threads)
    widen_kernel(Packed from, bool vectors, std::uint64_t rows, std::uint64_t row_values, uint4* values) {
  const std::uint64_t row_chunks = row_values / 16, chunks = rows * row_chunks;
  for (std::uint64_t t = global_thread(); t < chunks; t += global_threads()) {
    const std::uint64_t row = t / row_chunks, col = t % row_chunks * 16;
    std::uint32_t half[2];
    if (vectors && row < from.rows && col < from.cols) {
      const uint2 loaded = *reinterpret_cast<const uint2*>(from.bytes + row * from.row_bytes + col / 2);
      half[0] = loaded.x, half[1] = loaded.y;
    } else {
      for (unsigned h = 0; h < 2; ++h) {
        half[h] = 0;
        for (unsigned i = 0; i < 4; ++i) half[h] |= from.pair(row, col + 8 * h + 2 * i) << 8 * i;
      }
    }
    values[t] = make_uint4(values_of_codes<format>(half[0] & 0xFFFF), values_of_codes<format>(half[0] >> 16),
                           values_of_codes<format>(half[1] & 0xFFFF), values_of_codes<format>(half[1] >> 16));
  }
}

// A block turns 64 x 64 codes: rows in, columns out. 4 bytes beyond a row of the tile spread its columns over the
// banks.
template <Format format>
__global__ void __launch_bounds__(max_block_threads)
    widen_transposed_kernel(Packed from, std::uint64_t rows, std::uint64_t row_values, std::int8_t* values) {
  __shared__ TransposedTile codes;
  const std::uint64_t across = (row_values + tile - 1) / tile, tiles = across * ((rows + tile - 1) / tile);
  for (std::uint64_t t = blockIdx.x; t < tiles; t += gridDim.x) {
    // `values` has a row for each column of the codes.
    const std::uint64_t first_col = t / across * tile, first_row = t % across * tile;
    read_tile(from, first_row, first_col, codes);
    for (unsigned i = threadIdx.x; i < tile * tile / 4; i += blockDim.x) {
      const unsigned row = i / (tile / 4), col = i % (tile / 4) * 4;
      if (first_col + row < rows && first_row + col < row_values) {
        const std::uint32_t four[4]{codes[row][col], codes[row][col + 1], codes[row][col + 2], codes[row][col + 3]};
        *reinterpret_cast<std::uint32_t*>(values + (first_col + row) * row_values + first_row + col) =
            four_values<format>(four);
      }
    }
    __syncthreads();
  }
}

// A thread makes four values of a row.
template <Format format>
__global__ void __launch_bounds__(max_block_threads)
    widen_patches_kernel(Packed from, Patches p, bool transposed, std::uint64_t rows, std::uint64_t row_values,
                         std::uint32_t* values) {
  const std::uint64_t positions = std::uint64_t{p.out_h()} * p.out_w(), patches = p.n * positions;
  const std::uint64_t kernel_cols = std::uint64_t{p.kernel_h} * p.kernel_w * p.c;
  const auto code = [&](std::uint64_t patch, std::uint64_t col) -> std::uint32_t {
    if (patch >= patches || col >= kernel_cols) return 0;
    const auto position = static_cast<std::uint32_t>(patch % positions), tap = static_cast<std::uint32_t>(col / p.c);
    // Above and left of the image these wrap to huge numbers.
    const std::uint32_t y = position / p.out_w() * p.stride + tap / p.kernel_w - p.padding;
    const std::uint32_t x = position % p.out_w() * p.stride + tap % p.kernel_w - p.padding;
    if (y >= p.h || x >= p.w) return 0;
    return from.code((patch / positions * p.h + y) * p.w + x, col % p.c);
  };
  const std::uint64_t row_chunks = row_values / 4, chunks = rows * row_chunks;
  for (std::uint64_t t = global_thread(); t < chunks; t += global_threads()) {
    const std::uint64_t row = t / row_chunks, first = t % row_chunks * 4;
    std::uint32_t four[4];
    for (unsigned i = 0; i < 4; ++i) four[i] = transposed ? code(first + i, row) : code(row, first + i);
    values[t] = four_values<format>(four);
  }
}

template <Format format>
__global__ void __launch_bounds__(max_block_threads) dequantize_kernel(Packed from, const float* scale, float* values) {
  const float factor = *scale;
  for (std::uint64_t i = global_thread(); i < from.rows * from.cols; i += global_threads()) {
    const auto value =
        static_cast<std::int8_t>(values_of_codes<format>(from.code(i / from.cols, i % from.cols)) & 0xFF);
    values[i] = static_cast<float>(value) * factor;
  }
}

}  // namespace

void widen(cudaStream_t stream, const std::uint8_t* codes, Format format, Shape shape, std::int8_t* values) {
  const std::uint64_t rows = padded(shape.rows), row_values = padded(shape.cols);
  const bool vectors = shape.cols % 16 == 0 && aligned(codes, 8);
  with_format(format, [&](auto tag) {
    launch_over(stream, rows * row_values / 16, widen_kernel<tag.value>, packed(codes, shape), vectors, rows,
                row_values, reinterpret_cast<uint4*>(values));
  });
}

void widen_transposed(cudaStream_t stream, const std::uint8_t* codes, Format format, Shape stored,
                      std::int8_t* values) {
  const std::uint64_t rows = padded(stored.cols), row_values = padded(stored.rows);
  const std::uint64_t tiles = ((row_values + tile - 1) / tile) * ((rows + tile - 1) / tile);
  with_format(format, [&](auto tag) {
    launch_over(stream, tiles * geometry().block_threads, widen_transposed_kernel<tag.value>, packed(codes, stored),
                rows, row_values, values);
  });
}

void widen_patches(cudaStream_t stream, const std::uint8_t* codes, Format format, const Patches& p, bool transposed,
                   std::int8_t* values) {
  const std::uint64_t patches = padded(std::uint64_t{p.n} * p.out_h() * p.out_w());
  const std::uint64_t cols = padded(std::uint64_t{p.kernel_h} * p.kernel_w * p.c);
  const std::uint64_t rows = transposed ? cols : patches, row_values = transposed ? patches : cols;
  const Shape stored{std::uint64_t{p.n} * p.h * p.w, p.c};
  with_format(format, [&](auto tag) {
    launch_over(stream, rows * row_values / 4, widen_patches_kernel<tag.value>, packed(codes, stored), p, transposed,
                rows, row_values, reinterpret_cast<std::uint32_t*>(values));
  });
}

void dequantize(cudaStream_t stream, const std::uint8_t* codes, Format format, Shape shape, const float* scale,
                float* values) {
  with_format(format, [&](auto tag) {
    launch_over(stream, shape.size(), dequantize_kernel<tag.value>, packed(codes, shape), scale, values);
  });
}

}  // namespace luqsim::cuda

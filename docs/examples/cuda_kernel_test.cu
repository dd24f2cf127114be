// Your CUDA kernel's codes as a trace:
//   nvcc -std=c++17 cuda_kernel_test.cu -o kernel_test && ./kernel_test && luqsim validate kernel.safetensors
// Not run on a GPU yet: it compiles, and its kernel's body has been run on a CPU.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <curand_kernel.h>

// Your kernel: LUQ of eight elements a thread, two codes a byte, with the numbers of docs/numerics.md.
__global__ void luq(const float* x, std::uint8_t* codes, std::uint32_t blocks, float inverse, std::uint64_t seed,
                    std::uint32_t tensor, std::uint32_t step) {
  const std::uint32_t block = blockIdx.x * blockDim.x + threadIdx.x;
  if (block >= blocks) return;
  const uint2 key = make_uint2(static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
  const uint4 w = curand_Philox4x32_10(make_uint4(block, 0, tensor, 256 * step), key);
  const std::uint32_t words[4] = {w.x, w.y, w.z, w.w};
  for (int j = 0; j < 8; ++j) {
    const float v = x[8 * block + j], r = fabsf(v) * inverse;
    const std::uint32_t u = words[j / 2] >> 16 * (j % 2) & 0xFFFF;
    int e = r * 65536.0F >= 65535.5F - static_cast<float>(u);
    if (r >= 1) e = min(static_cast<int>((__float_as_uint(r) + ((2 * u + 1) << 6)) >> 23) - 127, 6) + 1;
    const int nibble = (e > 0 && v < 0 ? 8 : 0) | e;
    codes[4 * block + j / 2] = static_cast<std::uint8_t>(j % 2 == 0 ? nibble : codes[4 * block + j / 2] | nibble << 4);
  }
}

// A trace of one wgrad: a column of ones times the gradient, so that the codes are all that is tested. %.9g: the scale.
constexpr char header[] =
    R"({"__metadata__":{"luqtrace.version":"1","luqtrace.provenance":"{\"backend\":\"cuda\",\"seed\":7}",)"
    R"("luqtrace.records":)"
    R"("[{\"id\":\"luq\",\"step\":3,\"layer\":\"test\",\"pass\":\"wgrad\",\"m\":1,\"n\":64,\"k\":1000,)"
    R"(\"a\":{\"format\":\"int4\",\"rows\":1000,\"cols\":1,\"view\":\"transposed\",\"scale\":1,\"codes\":[\"ones\"]},)"
    R"(\"b\":{\"format\":\"fp4_e3m0\",\"rows\":1000,\"cols\":64,\"view\":\"direct\",\"scale\":%.9g,)"
    R"(\"codes\":[\"codes\"],\"source\":\"x\",\"quantizer\":{\"kind\":\"luq\",)"
    R"(\"rounding\":\"luq\",\"alpha\":\"max\",\"top_exponent\":6,)"
    R"(\"random_bits\":16,\"reuse\":1,\"seed\":7,\"tensor\":5,\"step\":3,\"sample\":0}}}]"},)"
    R"("x":{"dtype":"F32","shape":[1000,64],"data_offsets":[0,256000]},)"
    R"("codes":{"dtype":"U8","shape":[1000,32],"data_offsets":[256000,288000]},)"
    R"("ones":{"dtype":"U8","shape":[1000,1],"data_offsets":[288000,289000]}})";

int main() {
  constexpr std::uint32_t elements = 1000 * 64, blocks = elements / 8;
  std::vector<float> x(elements);
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  for (float& v : x) v = normal(engine) * std::exp(normal(engine));
  float largest = 0;
  for (const float v : x) largest = std::max(largest, std::fabs(v));

  float* device_x = nullptr;
  std::uint8_t* device_codes = nullptr;
  cudaMalloc(&device_x, sizeof(float) * elements);
  cudaMalloc(&device_codes, elements / 2);
  cudaMemcpy(device_x, x.data(), sizeof(float) * elements, cudaMemcpyHostToDevice);
  luq<<<(blocks + 255) / 256, 256>>>(device_x, device_codes, blocks, 64 / largest, 7, 5, 3);
  std::vector<char> codes(elements / 2), ones(1000, 1);
  const cudaError_t status = cudaMemcpy(codes.data(), device_codes, codes.size(), cudaMemcpyDeviceToHost);
  if (status != cudaSuccess) return std::fprintf(stderr, "%s\n", cudaGetErrorString(status)), 1;

  std::string text(sizeof header + 32, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), header, largest / 64)));
  const std::uint64_t length = text.size();
  std::ofstream file("kernel.safetensors", std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), 8).write(text.data(), static_cast<std::streamsize>(length));
  file.write(reinterpret_cast<const char*>(x.data()), sizeof(float) * elements);
  file.write(codes.data(), static_cast<std::streamsize>(codes.size())).write(ones.data(), 1000);
  return file ? 0 : 1;
}

#include "backend.h"

#include <algorithm>

#include "luqsim/numerics/tensor.h"

namespace luqsim::train {

Operand stored_as(const Tensor& x, Format format, Quantization quantization) {
  Operand operand;
  operand.format = format;
  operand.rows = x.rows;
  operand.cols = x.cols;
  operand.quantization = quantization;
  return operand;
}

Matrix Backend::download(const Tensor& x) {
  Matrix host(x.rows, x.cols);
  std::ranges::copy(download_later(x.data, x.size() * sizeof(float))->wait_for<float>(), host.values.begin());
  return host;
}

Tensor Backend::dequantize(const Quantized& q) {
  const Codes& codes = q.codes.front();
  const float scale = download(q.statistics).values[used_scale];
  const std::unique_ptr<Download> bytes = download_later(codes.bytes, codes.size());
  const std::vector<std::int8_t> values =
      decode_values({codes.format, codes.rows, codes.cols, bytes->wait_for<std::uint8_t>()});
  Matrix host(codes.rows, codes.cols);
  std::ranges::transform(values, host.values.begin(), [scale](std::int8_t v) { return static_cast<float>(v) * scale; });
  return upload(host);
}

}  // namespace luqsim::train

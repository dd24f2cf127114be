#include "backend.h"

#include <algorithm>

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

}  // namespace luqsim::train

#include "backend.h"

#include <algorithm>

namespace luqsim::train {

Matrix Backend::download(const Tensor& x) {
  Matrix host(x.rows, x.cols);
  std::ranges::copy(download_later(x.data, x.size() * sizeof(float))->wait_for<float>(), host.values.begin());
  return host;
}

}  // namespace luqsim::train

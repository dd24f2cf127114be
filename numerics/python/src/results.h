// What the quantizers return.
#pragma once
#include "luqsim/numerics/luq.h"
#include "luqsim/numerics/sawb.h"

#include "codes.h"

namespace luqsim::python {

struct PythonLuqResult {
  float measured_max_abs, estimate;
  LuqScale scale;
  Codes codes;
};

struct PythonSawbResult {
  float measured_max_abs;
  SawbMoments moments;
  float scale;
  Codes codes;
};

}  // namespace luqsim::python

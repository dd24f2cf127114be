// exp and log as fixed sequences of single-rounded binary32 operations: the same bits on every machine and on a GPU.
#pragma once

namespace luqsim {

// exp(x) for x <= 0 (softmax): relative error below 2^-22; 0 below -87; x > 0 and NaN give NaN.
float exp_nonpositive(float x);

// Natural logarithm of a normal x > 0: relative error below 2^-22 away from 1, absolute below 2^-24 near it; otherwise
// NaN.
float log_positive(float x);

}  // namespace luqsim

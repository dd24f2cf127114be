// luqsim's numerics in C99: quantizers (LUQ, SAWB), their random numbers, packed 4-bit codes, exact GEMM. Results are
// those of the C++ library, bit for bit; docs/numerics.md states the arithmetic.
//
// Every function is safe to call from several threads at once. Buffers of one call must not overlap. A matrix is
// row-major; a packed row holds two 4-bit codes a byte, even column in the low nibble, padded to a whole byte. Pointers
// must not be null unless the text allows it; an array of no elements may be null. Nothing keeps a pointer after it
// returns, and nothing has to be freed.
//
// Functions that can fail return a luqsim_status; unless it is LUQSIM_OK, outputs are as they were before the call
// (first_non_finite apart), and luqsim_last_error() says which argument was wrong, its value and what was wanted.
#ifndef LUQSIM_H
#define LUQSIM_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define LUQSIM_API __attribute__((visibility("default")))
#else
#define LUQSIM_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Version of this interface: part of the library's soname, changes when a program would have to be compiled anew.
#define LUQSIM_C_API_VERSION 1
// That of the library that is loaded.
LUQSIM_API uint32_t luqsim_c_api_version(void);
// Of the project, "0.1.0".
LUQSIM_API const char* luqsim_version(void);

typedef int32_t luqsim_status;
enum {
  LUQSIM_OK = 0,
  LUQSIM_NON_FINITE = 1,        // x holds a NaN or an infinity: there are no codes
  LUQSIM_INVALID_ARGUMENT = 2,  // null, out of range, or sizes that disagree or overflow
  LUQSIM_BUFFER_TOO_SMALL = 3,
  LUQSIM_OUT_OF_MEMORY = 4,
  LUQSIM_INTERNAL_ERROR = 5
};
// "ok", "non-finite", "invalid argument", ...; "unknown status" for others. Never null.
LUQSIM_API const char* luqsim_status_name(luqsim_status status);
// What the last call of this thread that failed said, "" before any did. Never null; valid until this thread's next
// failure.
LUQSIM_API const char* luqsim_last_error(void);

typedef int32_t luqsim_format;
enum {
  LUQSIM_FORMAT_INT4 = 0,     // two's complement; quantizers emit -7..7, decoders accept -8
  LUQSIM_FORMAT_UINT4 = 1,    // 0..15
  LUQSIM_FORMAT_FP4_E3M0 = 2  // bit 3 is the sign, bits 2..0 are e: value 0 for e = 0, +-2^(e-1) otherwise
};

// ---- Maximum ----

// *max_abs = the exact maximum of |x|, 0 for count 0. LUQSIM_NON_FINITE: *first_non_finite (may be null) is the index
// of the first NaN or infinity, *max_abs is untouched.
LUQSIM_API luqsim_status luqsim_max_abs(const float* x, size_t count, float* max_abs, uint64_t* first_non_finite);

// Hindsight estimate of the next maximum: RN(RN((1 - eta) * measured) + RN(eta * estimate)). measured and estimate are
// finite and >= 0, 0 <= eta <= 1.
LUQSIM_API luqsim_status luqsim_hindsight_max_abs(float measured, float estimate, float eta, float* next);

// ---- LUQ: neural gradients to FP4 ----

// How a magnitude r = |x| / alpha becomes a level.
enum {
  LUQSIM_ROUNDING_LUQ = 0,      // logarithmic stochastic rounding (r >= 1), stochastic underflow below
  LUQSIM_ROUNDING_RDNP = 1,     // nearest power of two, zero below
  LUQSIM_ROUNDING_RDNP_SU = 2,  // nearest power of two, stochastic underflow below
  LUQSIM_ROUNDING_SR = 3,       // logarithmic stochastic rounding, zero below
  LUQSIM_ROUNDING_INT4_SR = 4   // uniform levels -7..7 of scale M / 7, stochastic rounding: int4 codes
};
enum {
  LUQSIM_ALPHA_MAX = 0,  // alpha = M * 2^-top_exponent
  LUQSIM_ALPHA_POW2 = 1  // alpha = 2^(ceil(log2 M) - top_exponent); not with int4_sr
};

// Start from LUQSIM_LUQ_OPTIONS_INIT or luqsim_luq_options_init(); a null pointer to options means the defaults. Later
// versions append members: `size` tells the library which of them the caller knows. It refuses a size below that of
// this version, and members that it does not know itself unless they are 0.
typedef struct luqsim_luq_options {
  size_t size;           // sizeof(luqsim_luq_options)
  uint64_t seed;         // names the random numbers, with the three below: one for each element of a tensor
  uint32_t tensor;       //
  uint32_t step;         // < 2^24
  uint32_t sample;       // < 2^8
  uint32_t reuse;        // R >= 1: steps R s .. R s + R - 1 share random numbers; 1
  int32_t rounding;      // LUQSIM_ROUNDING_LUQ
  int32_t alpha;         // LUQSIM_ALPHA_MAX
  int32_t top_exponent;  // 6, or 4; 7 only for luqsim_luq_scale and luqsim_luq_levels: it has no 4-bit code
  int32_t random_bits;   // 1..16; 16
  int32_t has_estimate;  // luqsim_luq_quantize: unless 0, M is `estimate` and not the measured maximum
  float estimate;        // finite, >= 0; larger magnitudes clip to the top level
} luqsim_luq_options;

#define LUQSIM_LUQ_OPTIONS_INIT \
  { sizeof(luqsim_luq_options), 0, 0, 0, 0, 1, LUQSIM_ROUNDING_LUQ, LUQSIM_ALPHA_MAX, 6, 16, 0, 0.0F }

// The defaults, for callers without macros. options_size: sizeof(luqsim_luq_options) as the caller knows it.
LUQSIM_API luqsim_status luqsim_luq_options_init(luqsim_luq_options* options, size_t options_size);

// The scale of maximum M (finite, >= 0): *alpha is the value of one unit, 0 when M < 2^-120 (then all codes are 0);
// *inverse its factor in r = RN(|x| * inverse).
LUQSIM_API luqsim_status luqsim_luq_scale(float max_abs, const luqsim_luq_options* options, float* alpha,
                                          float* inverse);

// Levels of `count` elements, the first of which has row-major index `first` in its tensor. A level is the signed
// exponent code (0: zero; magnitude 2^(|level| - 1) units, |level| <= top_exponent + 1), for int4_sr the integer -7..7.
// alpha, inverse: from luqsim_luq_scale. random: `count` 16-bit numbers used instead of Philox (reuse and the stream do
// not apply), or null. LUQSIM_NON_FINITE where x holds a NaN or an infinity.
LUQSIM_API luqsim_status luqsim_luq_levels(const float* x, size_t count, uint64_t first, float alpha, float inverse,
                                           const luqsim_luq_options* options, const uint16_t* random, int8_t* levels);

typedef struct luqsim_luq_result {
  uint64_t first_non_finite;  // with LUQSIM_NON_FINITE, when it is the only member that is set: row-major index
  float measured_max_abs;     // the exact maximum of |x|
  float max_abs;              // M used: the measured one, or the estimate
  float alpha, inverse;       // as luqsim_luq_scale; a code stands for its value * alpha
  luqsim_format format;       // of the codes: int4 for int4_sr, fp4_e3m0 otherwise
} luqsim_luq_result;

// The whole quantizer for a rows x cols tensor. codes: codes_size bytes, at least luqsim_packed_size(rows, cols).
LUQSIM_API luqsim_status luqsim_luq_quantize(const float* x, size_t rows, size_t cols,
                                             const luqsim_luq_options* options, uint8_t* codes, size_t codes_size,
                                             luqsim_luq_result* result);

// ---- SAWB: weights and activations to INT4 ----

// As luqsim_luq_options.
typedef struct luqsim_sawb_options {
  size_t size;           // sizeof(luqsim_sawb_options)
  double c1, c2;         // clip = c1 rms - c2 mean|x|; 12.035 and 12.03, fitted for 15 levels
  luqsim_format format;  // int4 (levels -7..7) or uint4 (0..15, negative inputs become 0)
  int32_t reserved;      // 0
} luqsim_sawb_options;

#define LUQSIM_SAWB_OPTIONS_INIT \
  { sizeof(luqsim_sawb_options), 12.035, 12.03, LUQSIM_FORMAT_INT4, 0 }

LUQSIM_API luqsim_status luqsim_sawb_options_init(luqsim_sawb_options* options, size_t options_size);

// Moments: of X_i = |x_i| 2^(17 - exponent) rounded to an integer, exponent = floor(log2 max|x|). All 0 when the
// maximum is below 2^-120.
typedef struct luqsim_sawb_result {
  uint64_t first_non_finite;  // with LUQSIM_NON_FINITE, when it is the only member that is set: row-major index
  uint64_t count, sum, sum_of_squares;
  int32_t exponent;
  float measured_max_abs;
  float scale;  // a code stands for its value * scale; 0 when the maximum is below 2^-120 (all codes 0)
} luqsim_sawb_result;

// At most 2^27 elements. codes as in luqsim_luq_quantize.
LUQSIM_API luqsim_status luqsim_sawb_quantize(const float* x, size_t rows, size_t cols,
                                              const luqsim_sawb_options* options, uint8_t* codes, size_t codes_size,
                                              luqsim_sawb_result* result);

// ---- Packed codes ----

// *bytes = rows * ((cols + 1) / 2).
LUQSIM_API luqsim_status luqsim_packed_size(size_t rows, size_t cols, size_t* bytes);

// rows * cols levels to codes: int4 -8..7 and uint4 0..15 are the integer itself, fp4_e3m0 -7..7 the signed exponent
// code. Any other level is an error.
LUQSIM_API luqsim_status luqsim_pack_levels(luqsim_format format, size_t rows, size_t cols, const int8_t* levels,
                                            uint8_t* codes, size_t codes_size);

// The integer values of all codes: int4 -8..7, uint4 0..15, fp4_e3m0 0 or +-2^(e-1). values_count: room in `values`, at
// least rows * cols. codes_size: bytes there are, at least luqsim_packed_size(rows, cols).
LUQSIM_API luqsim_status luqsim_decode_values(luqsim_format format, size_t rows, size_t cols, const uint8_t* codes,
                                              size_t codes_size, int8_t* values, size_t values_count);

// x[i] = RN(value * scale), scale finite.
LUQSIM_API luqsim_status luqsim_dequantize(luqsim_format format, size_t rows, size_t cols, const uint8_t* codes,
                                           size_t codes_size, float scale, float* x, size_t x_count);

// ---- Random numbers ----

// Philox4x32-10.
LUQSIM_API luqsim_status luqsim_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

// The 16-bit numbers of elements first .. first + count - 1 of a tensor: those that LUQ takes with reuse 1. first: a
// multiple of 8; step < 2^24, sample < 2^8.
LUQSIM_API luqsim_status luqsim_random_lanes(uint64_t seed, uint32_t tensor, uint32_t step, uint32_t sample,
                                             uint64_t first, uint16_t* out, size_t count);

// ---- GEMM ----

// Packed codes of a rows x cols matrix; the GEMM takes its transpose, cols x rows, unless transposed is 0.
typedef struct luqsim_code_matrix {
  const uint8_t* codes;
  size_t codes_size;  // bytes there are
  size_t rows, cols;  // as stored
  luqsim_format format;
  int32_t transposed;
} luqsim_code_matrix;

// sums (M x N, row-major) = A B over the integer values of the codes: exact. K < 2^21, and at most one of A and B is
// fp4_e3m0. sums_count: room in `sums`, at least M N. Decodes A and B to a byte a value; uses OpenMP threads.
LUQSIM_API luqsim_status luqsim_gemm(const luqsim_code_matrix* a, const luqsim_code_matrix* b, int32_t* sums,
                                     size_t sums_count);
// out = RN(RN(float(sum)) * scale) of the same sums, scale finite: see luqsim_output_scale.
LUQSIM_API luqsim_status luqsim_gemm_scaled(const luqsim_code_matrix* a, const luqsim_code_matrix* b, float scale,
                                            float* out, size_t out_count);

// *scale = RN(scale_a * scale_b), divided (rounded) by the number of samples (>= 1) whose sums are added.
LUQSIM_API luqsim_status luqsim_output_scale(float scale_a, float scale_b, uint32_t samples, float* scale);
// out[i] = RN(RN(float(sums[i])) * scale), scale finite. _i64 for sums over samples.
LUQSIM_API luqsim_status luqsim_scale_output(const int32_t* sums, size_t count, float scale, float* out);
LUQSIM_API luqsim_status luqsim_scale_output_i64(const int64_t* sums, size_t count, float scale, float* out);

// ---- Elementary functions, the same bits everywhere ----

// exp(x) for x <= 0; 0 below -87; NaN for x > 0 and NaN.
LUQSIM_API float luqsim_exp_nonpositive(float x);
// Natural logarithm of a normal x > 0, otherwise NaN.
LUQSIM_API float luqsim_log_positive(float x);

#ifdef __cplusplus
}
#endif

#endif

// The C API: calls with whatever arguments, every buffer exactly as long as the call says, so that the address
// sanitizer sees the first byte too far. The input's bytes choose the calls and their arguments.
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

#include "luqsim.h"

namespace {

constexpr std::size_t longest = 64;

// A heap block of its own: what lies beyond its end is poisoned. Null when empty, every other time.
template <class T>
class Buffer {
 public:
  Buffer(FuzzedDataProvider& in, std::size_t count) : count_(count), data_(new T[count]) {
    const std::vector<std::uint8_t> bytes = in.ConsumeBytes<std::uint8_t>(count * sizeof(T));
    std::memset(data_.get(), 0, count * sizeof(T));
    if (!bytes.empty()) std::memcpy(data_.get(), bytes.data(), bytes.size());
    is_null_ = count == 0 && in.ConsumeBool();
  }
  T* data() const { return is_null_ ? nullptr : data_.get(); }
  std::size_t size() const { return count_; }

 private:
  std::size_t count_;
  bool is_null_ = false;
  std::unique_ptr<T[]> data_;
};

class Calls {
 public:
  explicit Calls(std::span<const std::uint8_t> bytes) : in_(bytes.data(), bytes.size()) {}

  void run() {
    using Call = void (Calls::*)();
    static constexpr Call calls[] = {&Calls::measure,   &Calls::scale, &Calls::luq_levels,  &Calls::luq_quantize,
                                     &Calls::sawb,      &Calls::pack,  &Calls::decode,      &Calls::dequantize,
                                     &Calls::random,    &Calls::gemm,  &Calls::gemm_scaled, &Calls::scale_output,
                                     &Calls::elementary};
    while (in_.remaining_bytes() > 0) {
      (this->*calls[in_.ConsumeIntegralInRange<std::size_t>(0, std::size(calls) - 1)])();
      static_cast<void>(std::strlen(luqsim_last_error()));
    }
  }

 private:
  std::size_t count() { return in_.ConsumeIntegralInRange<std::size_t>(0, longest); }
  // A length that the library must compare with the room there is.
  std::size_t any_size() { return in_.ConsumeBool() ? count() : in_.ConsumeIntegral<std::size_t>(); }
  // Mostly values that a call accepts; now and then any bits.
  float number() {
    if (!in_.ConsumeBool()) return in_.ConsumeFloatingPointInRange(0.0F, 4.0F);
    const auto bits = in_.ConsumeIntegral<std::uint32_t>();
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  // One of the valid values 0 .. last, or any.
  std::int32_t choice(std::int32_t last) {
    return in_.ConsumeBool() ? in_.ConsumeIntegralInRange<std::int32_t>(-1, last + 1)
                             : in_.ConsumeIntegral<std::int32_t>();
  }

  // Options of a library that knows up to eight more bytes.
  template <class Options>
  std::unique_ptr<std::uint8_t[]> with_later_members(const Options& options) {
    auto bytes = std::make_unique<std::uint8_t[]>(options.size);
    std::memset(bytes.get(), in_.ConsumeBool() ? 1 : 0, options.size);
    std::memcpy(bytes.get(), &options, sizeof options);
    return bytes;
  }

  std::unique_ptr<std::uint8_t[]> luq_options() {
    if (in_.ConsumeBool()) return nullptr;
    luqsim_luq_options options;
    luqsim_luq_options_init(&options, sizeof options);
    options.size += in_.ConsumeIntegralInRange<std::size_t>(0, 8);
    options.seed = in_.ConsumeIntegral<std::uint64_t>();
    options.tensor = in_.ConsumeIntegral<std::uint32_t>();
    options.step = in_.ConsumeIntegralInRange<std::uint32_t>(0, 1U << 24);
    options.sample = in_.ConsumeIntegralInRange<std::uint32_t>(0, 1U << 8);
    options.reuse = in_.ConsumeIntegral<std::uint32_t>();
    options.rounding = choice(4);
    options.alpha = choice(1);
    options.top_exponent = choice(7);
    options.random_bits = choice(16);
    options.has_estimate = in_.ConsumeBool();
    options.estimate = number();
    return with_later_members(options);
  }

  std::unique_ptr<std::uint8_t[]> sawb_options() {
    if (in_.ConsumeBool()) return nullptr;
    luqsim_sawb_options options;
    luqsim_sawb_options_init(&options, sizeof options);
    options.size += in_.ConsumeIntegralInRange<std::size_t>(0, 8);
    const auto bits = in_.ConsumeIntegral<std::uint64_t>();
    std::memcpy(&options.c1, &bits, sizeof bits);
    options.c2 = in_.ConsumeFloatingPointInRange(-100.0, 100.0);
    options.format = choice(1);
    options.reserved = choice(0);
    return with_later_members(options);
  }

  void measure() {
    const Buffer<float> x(in_, count());
    float max_abs = 0, next = 0;
    std::uint64_t first = 0;
    luqsim_max_abs(x.data(), x.size(), &max_abs, in_.ConsumeBool() ? &first : nullptr);
    luqsim_hindsight_max_abs(max_abs, number(), number(), &next);
  }

  void scale() {
    const auto options = luq_options();
    float alpha = 0, inverse = 0;
    luqsim_luq_scale(number(), reinterpret_cast<const luqsim_luq_options*>(options.get()), &alpha, &inverse);
  }

  void luq_levels() {
    const auto options = luq_options();
    const Buffer<float> x(in_, count());
    const Buffer<std::uint16_t> random(in_, in_.ConsumeBool() ? x.size() : 0);
    std::vector<std::int8_t> levels(x.size());
    const bool given = random.size() == x.size() && random.size() > 0;
    luqsim_luq_levels(x.data(), x.size(), in_.ConsumeIntegral<std::uint64_t>(), number(), number(),
                      reinterpret_cast<const luqsim_luq_options*>(options.get()), given ? random.data() : nullptr,
                      levels.data());
  }

  void luq_quantize() {
    const auto options = luq_options();
    const std::size_t rows = in_.ConsumeIntegralInRange<std::size_t>(0, 8), cols = count() / 8;
    const Buffer<float> x(in_, rows * cols);
    const Buffer<std::uint8_t> codes(in_, count());
    luqsim_luq_result result;
    luqsim_luq_quantize(x.data(), rows, cols, reinterpret_cast<const luqsim_luq_options*>(options.get()), codes.data(),
                        codes.size(), &result);
  }

  void sawb() {
    const auto options = sawb_options();
    const std::size_t rows = in_.ConsumeIntegralInRange<std::size_t>(0, 8), cols = count() / 8;
    const Buffer<float> x(in_, rows * cols);
    const Buffer<std::uint8_t> codes(in_, count());
    luqsim_sawb_result result;
    luqsim_sawb_quantize(x.data(), rows, cols, reinterpret_cast<const luqsim_sawb_options*>(options.get()),
                         codes.data(), codes.size(), &result);
  }

  void pack() {
    const std::size_t rows = in_.ConsumeIntegralInRange<std::size_t>(0, 8), cols = count() / 8;
    const Buffer<std::int8_t> levels(in_, rows * cols);
    const Buffer<std::uint8_t> codes(in_, count());
    luqsim_pack_levels(choice(2), rows, cols, levels.data(), codes.data(), codes.size());
    std::size_t bytes = 0;
    luqsim_packed_size(any_size(), any_size(), &bytes);
  }

  void decode() {
    const Buffer<std::uint8_t> codes(in_, count());
    const Buffer<std::int8_t> values(in_, count());
    luqsim_decode_values(choice(2), any_size(), any_size(), codes.data(), codes.size(), values.data(), values.size());
  }

  void dequantize() {
    const Buffer<std::uint8_t> codes(in_, count());
    const Buffer<float> x(in_, count());
    luqsim_dequantize(choice(2), any_size(), any_size(), codes.data(), codes.size(), number(), x.data(), x.size());
  }

  void random() {
    const Buffer<std::uint32_t> counter(in_, 4), key(in_, 2), out(in_, 4);
    luqsim_philox4x32_10(counter.data(), key.data(), out.data());
    const Buffer<std::uint16_t> lanes(in_, count());
    luqsim_random_lanes(in_.ConsumeIntegral<std::uint64_t>(), in_.ConsumeIntegral<std::uint32_t>(),
                        in_.ConsumeIntegralInRange<std::uint32_t>(0, 1U << 24),
                        in_.ConsumeIntegralInRange<std::uint32_t>(0, 1U << 8),
                        in_.ConsumeIntegral<std::uint64_t>() * (in_.ConsumeBool() ? 8 : 1), lanes.data(), lanes.size());
  }

  luqsim_code_matrix matrix(const Buffer<std::uint8_t>& codes) {
    return {codes.data(), codes.size(), any_size(), any_size(), choice(2), in_.ConsumeBool()};
  }

  void gemm() {
    const Buffer<std::uint8_t> a_codes(in_, count()), b_codes(in_, count());
    const luqsim_code_matrix a = matrix(a_codes), b = matrix(b_codes);
    const Buffer<std::int32_t> sums(in_, count());
    luqsim_gemm(&a, &b, sums.data(), sums.size());
  }

  void gemm_scaled() {
    const Buffer<std::uint8_t> a_codes(in_, count()), b_codes(in_, count());
    const luqsim_code_matrix a = matrix(a_codes), b = matrix(b_codes);
    const Buffer<float> out(in_, count());
    luqsim_gemm_scaled(&a, &b, number(), out.data(), out.size());
  }

  void scale_output() {
    const Buffer<std::int32_t> sums(in_, count());
    const Buffer<std::int64_t> wide(in_, count());
    std::vector<float> out(longest);
    float scale = 0;
    luqsim_output_scale(number(), number(), in_.ConsumeIntegral<std::uint32_t>(), &scale);
    luqsim_scale_output(sums.data(), sums.size(), number(), out.data());
    luqsim_scale_output_i64(wide.data(), wide.size(), number(), out.data());
  }

  void elementary() {
    luqsim_exp_nonpositive(number());
    luqsim_log_positive(number());
    static_cast<void>(std::strlen(luqsim_status_name(in_.ConsumeIntegral<std::int32_t>())));
  }

  FuzzedDataProvider in_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Calls({data, size}).run();
  return 0;
}

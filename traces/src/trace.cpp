#include "luqsim/traces/trace.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include <fmt/format.h>

#include "luqsim/traces/operand.h"

#include "record_json.h"
#include "safetensors.h"

namespace luqsim {

struct Trace::Impl {
  std::filesystem::path path;
  Safetensors file;
  Provenance provenance;
  std::vector<Record> records;
};

namespace {

constexpr std::uint64_t max_extent = std::uint64_t{1} << 40;

// Checks one record against the tensors; every message starts with file, record and field.
class RecordCheck {
 public:
  RecordCheck(const std::string& file, const Safetensors& tensors, const Record& record)
      : file_(file), tensors_(tensors), record_(record) {}

  void run() {
    for (const auto& [name, extent] : {std::pair("m", record_.m), std::pair("n", record_.n), std::pair("k", record_.k)})
      if (extent < 1 || extent >= max_extent) fail(name, fmt::format("{}; wanted 1 to 2^40 - 1", extent));
    operand("a", record_.a, record_.m, record_.k);
    operand("b", record_.b, record_.k, record_.n);
    if (record_.a.codes.empty() != record_.b.codes.empty())
      fail("codes", "one operand has codes, the other none; wanted both or neither");
    const std::size_t a = record_.a.codes.size(), b = record_.b.codes.size();
    if (a > 1 && b > 1 && a != b)
      fail("codes", fmt::format("{} samples of a, {} of b; wanted equal numbers, or one of either", a, b));
    if (record_.samples() > 256) fail("codes", fmt::format("{} samples; wanted at most 256", record_.samples()));
    if (record_.m * record_.n >= max_extent * 1024 ||
        record_.m > UINT64_MAX / record_.n / record_.k / record_.samples())
      fail("m, n, k", fmt::format("{} x {} x {} MACs are more than 64 bits count", record_.m, record_.n, record_.k));
    if (!record_.out.empty()) tensor("out", record_.out, {Dtype::F32}, {record_.m, record_.n});
    if (!record_.shape_only() && record_.k * record_.samples() >= (std::uint64_t{1} << 21))
      fail("k", fmt::format("{} terms in a sum; an int32 sum of 4-bit products is exact only below 2^21",
                            record_.k * record_.samples()));
  }

 private:
  [[noreturn]] void fail(const std::string& field, const std::string& what) const {
    throw TraceError(fmt::format("{}: record {}: {}: {}", file_, record_.id, field, what));
  }

  void tensor(const std::string& field, const std::string& name, std::vector<Dtype> dtypes,
              std::vector<std::uint64_t> shape) const {
    const auto found = tensors_.tensors.find(name);
    if (found == tensors_.tensors.end()) fail(field, fmt::format("the file has no tensor {}", name));
    const TensorView& t = found->second;
    if (std::ranges::find(dtypes, t.dtype) == dtypes.end())
      fail(field, fmt::format("tensor {} has dtype {}; wanted {}", name, name_of(t.dtype), name_of(dtypes.front())));
    if (t.shape != shape) {
      std::string got;
      for (const std::uint64_t extent : t.shape) got += fmt::format("{}{}", got.empty() ? "" : ", ", extent);
      fail(field, fmt::format("tensor {} has shape [{}]; wanted [{}, {}]", name, got, shape[0], shape[1]));
    }
  }

  void im2col(const std::string& side, const Operand& x) const {
    const bool wanted = x.view == View::im2col || x.view == View::im2col_transposed;
    if (wanted != x.im2col.has_value())
      fail(side + ".im2col", wanted ? "missing; the view wants it" : "given, but the view does not want it");
    if (!wanted) return;
    const Im2col& i = *x.im2col;
    for (const std::uint32_t extent : {i.n, i.h, i.w, i.c, i.kernel_h, i.kernel_w, i.stride, i.padding + 1})
      if (extent < 1 || extent > 65536) fail(side + ".im2col", "an extent is not in 1 to 65536");
    if (i.kernel_h > i.h + 2 * i.padding || i.kernel_w > i.w + 2 * i.padding)
      fail(side + ".im2col", "the kernel is larger than the padded image");
    if (x.rows != std::uint64_t{i.n} * i.h * i.w || x.cols != i.c)
      fail(side + ".im2col", fmt::format("stored tensor is {} x {}; wanted n h w = {} rows and c = {} columns", x.rows,
                                         x.cols, std::uint64_t{i.n} * i.h * i.w, i.c));
  }

  void quantizer(const std::string& side, const Operand& x) const {
    if (!x.quantization) return;
    const auto* luq = std::get_if<LuqQuantization>(&*x.quantization);
    Format wanted = x.format == Format::uint4 ? Format::uint4 : Format::int4;
    if (luq != nullptr) {
      try {
        validate(luq->config);
      } catch (const std::invalid_argument& e) {
        fail(side + ".quantizer", e.what());
      }
      if (luq->config.top_exponent > 6) fail(side + ".quantizer", "top_exponent: 7 has no 4-bit code; wanted 4 or 6");
      if (luq->stream.step >= (1U << 24))
        fail(side + ".quantizer", fmt::format("step: {}; wanted below 2^24", luq->stream.step));
      if (luq->stream.sample + std::uint64_t{x.codes.size()} > 256)
        fail(side + ".quantizer", "sample: wanted below 256");
      if (luq->estimate && *luq->estimate < 0)
        fail(side + ".quantizer", fmt::format("estimate: {}; wanted at least 0", *luq->estimate));
      wanted = luq_format(luq->config);
    }
    if (x.format != wanted)
      fail(side + ".format", fmt::format("{}; its quantizer gives {}", name_of(x.format), name_of(wanted)));
    if (x.rows * x.cols > (std::uint64_t{1} << 27) && luq == nullptr)
      fail(side + ".quantizer", "sawb: exact moments hold at most 2^27 elements");
  }

  void operand(const std::string& side, const Operand& x, std::uint64_t rows, std::uint64_t cols) const {
    if (x.format != Format::int4 && x.format != Format::uint4 && x.format != Format::fp4_e3m0)
      fail(side + ".format", fmt::format("{}; wanted int4, uint4 or fp4_e3m0", name_of(x.format)));
    if (x.rows < 1 || x.cols < 1 || x.rows >= max_extent || x.cols >= max_extent)
      fail(side, fmt::format("stored tensor is {} x {}; wanted extents of 1 to 2^40 - 1", x.rows, x.cols));
    if (x.scale < 0) fail(side + ".scale", fmt::format("{}; wanted at least 0", x.scale));
    im2col(side, x);
    const MatrixShape matrix = matrix_shape(x);
    if (matrix.rows != rows || matrix.cols != cols)
      fail(side,
           fmt::format("its view gives {} x {}; wanted {} x {} from m, n, k", matrix.rows, matrix.cols, rows, cols));
    for (const std::string& name : x.codes)
      tensor(side + ".codes", name, {Dtype::U8}, {x.rows, packed_row_bytes(x.cols)});
    if (!x.source.empty()) tensor(side + ".source", x.source, {Dtype::F32, Dtype::BF16}, {x.rows, x.cols});
    quantizer(side, x);
  }

  const std::string& file_;
  const Safetensors& tensors_;
  const Record& record_;
};

const std::string& metadata(const std::string& file, const Safetensors& tensors, std::string_view key) {
  const auto found = tensors.metadata.find(std::string(key));
  if (found == tensors.metadata.end())
    throw TraceError(fmt::format("{}: __metadata__ has no {}; wanted a luqsim trace", file, key));
  return found->second;
}

std::vector<float> floats(const TensorView& tensor) {
  const std::size_t width = dtype_bytes(tensor.dtype), count = tensor.bytes.size() / width;
  std::vector<float> values(count);
  if (tensor.dtype == Dtype::F32) {
    if (count > 0) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t bits = (std::uint32_t{tensor.bytes[2 * i]} | std::uint32_t{tensor.bytes[2 * i + 1]} << 8) << 16;
    values[i] = std::bit_cast<float>(bits);
  }
  return values;
}

}  // namespace

Trace Trace::open(const std::filesystem::path& path) {
  auto impl = std::make_shared<Impl>();
  impl->path = path;
  const std::string file = path.string();
  impl->file = open_safetensors(path);
  const std::string& version = metadata(file, impl->file, version_key);
  if (version != version_value)
    throw TraceError(fmt::format("{}: {}: {}; wanted {}", file, version_key, version, version_value));
  impl->provenance = provenance_from_json(file, metadata(file, impl->file, provenance_key));
  impl->records = records_from_json(file, metadata(file, impl->file, records_key));
  std::set<std::string_view> ids;
  for (const Record& record : impl->records) {
    if (record.id.empty() || !ids.insert(record.id).second)
      throw TraceError(fmt::format("{}: record id: \"{}\"; wanted ids that are unique and not empty", file, record.id));
    RecordCheck(file, impl->file, record).run();
  }
  return Trace(std::move(impl));
}

const std::filesystem::path& Trace::path() const { return impl_->path; }
std::uint64_t Trace::file_bytes() const { return impl_->file.map.size(); }
const Provenance& Trace::provenance() const { return impl_->provenance; }
std::span<const Record> Trace::records() const { return impl_->records; }
const TensorView& Trace::tensor(const std::string& name) const { return impl_->file.tensors.at(name); }

CodeView Trace::codes(const Operand& operand, std::size_t sample) const {
  return {operand.format, operand.rows, operand.cols, tensor(operand.codes.at(sample)).bytes};
}
std::vector<float> Trace::source(const Operand& operand) const { return floats(tensor(operand.source)); }
std::vector<float> Trace::out(const Record& record) const { return floats(tensor(record.out)); }

}  // namespace luqsim

#include "luqsim/traces/trace_writer.h"

#include <cerrno>
#include <set>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "record_json.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t data_alignment = 64;

[[noreturn]] void fail(const fs::path& path, const char* action) {
  throw std::system_error(errno, std::generic_category(), fmt::format("cannot {} {}", action, path.string()));
}

// A file that is written in order and removed unless it is kept.
class OutputFile {
 public:
  explicit OutputFile(fs::path path)
      : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) fail(path_, "create");
  }
  ~OutputFile() {
    ::close(descriptor_);
    if (!kept_) ::unlink(path_.c_str());
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(const void* data, std::size_t bytes) {
    const char* next = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t n = ::write(descriptor_, next, bytes);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(path_, "write");
      next += n;
      bytes -= static_cast<std::size_t>(n);
    }
  }

  void append(OutputFile& other) {
    if (::lseek(other.descriptor_, 0, SEEK_SET) < 0) fail(other.path_, "read");
    std::vector<char> buffer(1U << 20);
    while (true) {
      const ssize_t n = ::read(other.descriptor_, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(other.path_, "read");
      if (n == 0) return;
      write(buffer.data(), static_cast<std::size_t>(n));
    }
  }

  void keep_as(const fs::path& target) {
    if (::fsync(descriptor_) != 0) fail(path_, "write");
    if (::rename(path_.c_str(), target.c_str()) != 0) fail(target, "replace");
    kept_ = true;
    // The rename itself must survive a power cut, too.
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    ::fsync(directory);
    ::close(directory);
  }

 private:
  fs::path path_;
  int descriptor_;
  bool kept_ = false;
};

fs::path temporary(const fs::path& path, const char* what) {
  return fs::path(fmt::format("{}.{}.{}.tmp", path.string(), ::getpid(), what));
}

}  // namespace

struct TraceWriter::Impl {
  Impl(const fs::path& target, Provenance p)
      : path(target), provenance(std::move(p)), data(temporary(target, "data")) {}

  std::string add_tensor(const std::string& name, Dtype dtype, std::vector<std::uint64_t> shape, const void* bytes,
                         std::size_t size) {
    if (name.empty() || name == "__metadata__" || header.contains(name))
      throw std::invalid_argument(
          fmt::format("trace {}: tensor name \"{}\" is taken or not allowed", path.string(), name));
    data.write(bytes, size);
    header[name] = {{"dtype", name_of(dtype)}, {"shape", json::value_from(shape)}, {"data_offsets", {end, end + size}}};
    end += size;
    return name;
  }

  fs::path path;
  Provenance provenance;
  OutputFile data;
  std::uint64_t end = 0;
  json::object header;
  std::vector<Record> records;
};

TraceWriter::TraceWriter(const fs::path& path, Provenance provenance)
    : impl_(std::make_unique<Impl>(path, std::move(provenance))) {}
TraceWriter::~TraceWriter() = default;

std::string TraceWriter::add(const std::string& name, const CodeView& codes) {
  return impl_->add_tensor(name, Dtype::U8, {codes.rows, packed_row_bytes(codes.cols)}, codes.bytes.data(),
                           codes.bytes.size());
}

std::string TraceWriter::add(const std::string& name, std::span<const float> values, std::uint64_t rows,
                             std::uint64_t cols) {
  if (values.size() != rows * cols)
    throw std::invalid_argument(fmt::format("trace tensor {}: {} values for {} x {}", name, values.size(), rows, cols));
  return impl_->add_tensor(name, Dtype::F32, {rows, cols}, values.data(), values.size_bytes());
}

void TraceWriter::add(Record record) { impl_->records.push_back(std::move(record)); }

void TraceWriter::commit() {
  impl_->header["__metadata__"] = {{version_key, version_value},
                                   {provenance_key, provenance_to_json(impl_->provenance)},
                                   {records_key, records_to_json(impl_->records)}};
  std::string header = json::serialize(impl_->header);
  constexpr std::size_t prefix = sizeof(std::uint64_t);
  header.append((data_alignment - (prefix + header.size()) % data_alignment) % data_alignment, ' ');

  OutputFile file(temporary(impl_->path, "trace"));
  char size[prefix];
  for (std::size_t i = 0; i < prefix; ++i) size[i] = static_cast<char>(header.size() >> (8 * i));
  file.write(size, prefix);
  file.write(header.data(), header.size());
  file.append(impl_->data);
  file.keep_as(impl_->path);
}

}  // namespace luqsim

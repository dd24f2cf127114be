#include "key.h"

#include <boost/iostreams/device/mapped_file.hpp>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "luqsim/results/results.h"

namespace luqsim::sweep {
namespace {

namespace fs = std::filesystem;

// A name-based UUID: 122 bits of SHA-1. A format that is to be told from older ones changes `luqsim-sweep-1`.
std::string hash(const void* bytes, std::size_t size) {
  static const boost::uuids::uuid space = boost::uuids::name_generator_sha1(boost::uuids::ns::oid())("luqsim-sweep-1");
  return boost::uuids::to_string(boost::uuids::name_generator_sha1(space)(bytes, size));
}

}  // namespace

std::string workload_digest(const ResolvedWorkload& workload) {
  const std::string path = workload.file.string();
  std::error_code error;
  if (!fs::is_regular_file(workload.file, error))
    throw SweepError(path + ": cannot be read; wanted a regular file, a trace or layers");
  std::string content = hash("", 0);
  if (fs::file_size(workload.file, error) > 0) {
    try {
      const boost::iostreams::mapped_file_source map(path);
      content = hash(map.data(), map.size());
    } catch (const std::exception& e) {
      throw SweepError(fmt::format("{}: cannot be read ({}); wanted a trace or layers", path, e.what()));
    }
  }
  return fmt::format("{} batch={} passes={}", content, workload.workload.batch,
                     fmt::join(workload.workload.passes, ","));
}

std::string point_key(const std::string& design, const std::string& workload_digest, const std::string& version) {
  const std::string content = fmt::format("{}\n{}\n{}\n{}", version, results_schema, workload_digest, design);
  return hash(content.data(), content.size());
}

std::string point_key(const std::string& design, const std::string& workload_digest) {
  return point_key(design, workload_digest, LUQSIM_VERSION);
}

}  // namespace luqsim::sweep

#include "key.h"

#include <boost/iostreams/device/mapped_file.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "luqsim/results/results.h"
#include "luqsim/traces/digest.h"

namespace luqsim::sweep {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::string workload_digest(const ResolvedWorkload& workload) {
  const std::string path = workload.file.string();
  std::error_code error;
  if (!fs::is_regular_file(workload.file, error))
    throw SweepError(path + ": cannot be read; wanted a regular file, a trace or layers");
  std::string content = content_digest("");
  if (fs::file_size(workload.file, error) > 0) {
    try {
      const boost::iostreams::mapped_file_source map(path);
      content = content_digest({reinterpret_cast<const std::uint8_t*>(map.data()), map.size()});
    } catch (const std::exception& e) {
      throw SweepError(fmt::format("{}: cannot be read ({}); wanted a trace or layers", path, e.what()));
    }
  }
  return fmt::format("{} batch={} passes={}", content, workload.workload.batch,
                     fmt::join(workload.workload.passes, ","));
}

std::string point_key(const std::string& design, const std::string& workload_digest, const std::string& version) {
  return content_digest(fmt::format("{}\n{}\n{}\n{}", version, results_schema, workload_digest, design));
}

std::string point_key(const std::string& design, const std::string& workload_digest) {
  return point_key(design, workload_digest, LUQSIM_VERSION);
}

}  // namespace luqsim::sweep

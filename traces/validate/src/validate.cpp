#include "luqsim/validate/validate.h"

#include <algorithm>
#include <map>

#include "check_operand.h"
#include "check_output.h"

namespace luqsim {
namespace {

// Records share sources and codes: what was measured and what was compared already.
class Validator {
 public:
  Validator(const Trace& trace, int threads) : trace_(trace), threads_(threads) {}

  RecordReport check(const Record& record) {
    RecordReport report;
    report.id = record.id;
    check_operand(record.a, report);
    check_operand(record.b, report);
    if (!record.out.empty() && !record.shape_only()) report.checks.push_back(check_output(trace_, record, threads_));
    return report;
  }

 private:
  void check_operand(const Operand& operand, RecordReport& report) {
    if (operand.codes.empty()) return;
    if (operand.source.empty() || !operand.quantization) {
      report.unchecked.insert(report.unchecked.end(), operand.codes.begin(), operand.codes.end());
      return;
    }
    const SourceStatistics& statistics = statistics_of(operand);
    report.checks.push_back(check_scale(operand, statistics));
    if (statistics.measured.status != QuantizeStatus::ok) return;
    for (std::size_t s = 0; s < operand.codes.size(); ++s)
      if (is_new(operand, s))
        report.checks.push_back(check_codes(trace_, operand, s, statistics, threads_));
      else
        report.shared.push_back(operand.codes[s]);
  }

  const SourceStatistics& statistics_of(const Operand& operand) {
    const bool sawb = std::holds_alternative<SawbQuantization>(*operand.quantization);
    const auto [found, is_new] = statistics_.try_emplace({operand.source, sawb});
    if (is_new) found->second = measure_source(trace_, operand, threads_);
    return found->second;
  }

  // Whether no record before compared these codes with this source, quantized this way.
  bool is_new(const Operand& operand, std::size_t sample) {
    std::vector<Compared>& before = compared_[operand.codes[sample]];
    Compared now{operand.source, operand.format, sample, *operand.quantization};
    if (std::ranges::find(before, now) != before.end()) return false;
    before.push_back(std::move(now));
    return true;
  }

  struct Compared {
    std::string source;
    Format format;
    std::size_t sample;
    Quantization quantization;

    bool operator==(const Compared&) const = default;
  };

  const Trace& trace_;
  int threads_;
  std::map<std::pair<std::string, bool>, SourceStatistics> statistics_;
  std::map<std::string, std::vector<Compared>> compared_;
};

}  // namespace

void validate(const Trace& trace, const ValidateOptions& options, const std::function<void(RecordReport)>& done) {
  Validator validator(trace, options.threads);
  for (const Record& record : trace.records()) done(validator.check(record));
}

}  // namespace luqsim

#include "luqsim/validate/diagnose.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <random>

#include "code_model.h"
#include "output_model.h"
#include "parallel.h"

namespace luqsim {
namespace {

// A tensor under a set of hypotheses, compared with what the trace holds.
struct Trial {
  std::function<bool(std::uint64_t row, std::uint64_t col)> differs;
  bool scale_differs = false;
};
using MakeTrial = std::function<Trial(const Explanation&)>;

// What a search needs of a tensor. Examining all of it may cost too much: then `most_examined` elements stand for it.
struct Tensor {
  std::uint64_t rows = 0, cols = 0;
  std::uint64_t most_examined = std::numeric_limits<std::uint64_t>::max();
  std::span<const Mismatch> known;  // some elements that differ from the specification
  bool has_scale = true;            // a scale that differs is this tensor's to explain
  std::uint64_t sampled = 2048;     // elements that every candidate is tried on first, besides half as many of `known`
};

class Search {
 public:
  Search(const Tensor& tensor, const MakeTrial& make, int threads) : tensor_(tensor), make_(make), threads_(threads) {
    const std::uint64_t most_known = std::max<std::uint64_t>(1, tensor.sampled / 2);
    const std::uint64_t stride = (tensor.known.size() + most_known - 1) / most_known;
    for (std::size_t i = 0; i < tensor.known.size(); i += stride)
      if (tensor.known[i].col < tensor.cols) sample_.emplace_back(tensor.known[i].row, tensor.known[i].col);
    // Others too: an explanation must not break what was right.
    std::mt19937_64 random(1);
    for (std::uint64_t i = 0; i < tensor.sampled; ++i)
      sample_.emplace_back(random() % tensor.rows, random() % tensor.cols);
    std::ranges::sort(sample_);
    sample_.erase(std::ranges::unique(sample_).begin(), sample_.end());
  }

  void run(std::vector<Hypothesis> hypotheses, Diagnosis& diagnosis) {
    if (only_padding_differs()) {
      diagnosis.explanations = {{Hypothesis::padding_nibbles}};
      return;
    }
    std::ranges::sort(hypotheses);
    std::vector<Explanation> singles, pairs;
    for (std::size_t i = 0; i < hypotheses.size(); ++i) {
      singles.push_back({hypotheses[i]});
      for (std::size_t j = i + 1; j < hypotheses.size(); ++j) pairs.push_back({hypotheses[i], hypotheses[j]});
    }
    consider({});
    for (const auto* candidates : {&singles, &pairs}) {
      for (const Explanation& candidate : *candidates)
        if (consider(candidate) == 0 && count_all(candidate) == 0) diagnosis.explanations.push_back(candidate);
      if (!diagnosis.explanations.empty()) return;
    }
    diagnosis.closest = closest_;
    diagnosis.left = count_all(closest_);
  }

 private:
  // Nibbles that hold no element differ, and nothing else: no hypothesis is about them.
  bool only_padding_differs() const {
    if (std::ranges::none_of(tensor_.known, [&](const Mismatch& m) { return m.col >= tensor_.cols; })) return false;
    const Trial specified = make_({});
    return !(specified.scale_differs && tensor_.has_scale) && count_elements(specified) == 0;
  }

  // Differences in the sample.
  std::uint64_t consider(const Explanation& candidate) {
    const Trial trial = make_(candidate);
    std::atomic<std::uint64_t> count = trial.scale_differs ? 1 : 0;
    for_pieces(threads_, sample_.size(), [&](std::uint64_t i) {
      if (trial.differs(sample_[i].first, sample_[i].second)) ++count;
    });
    if (count < fewest_) {
      fewest_ = count;
      closest_ = candidate;
    }
    return count;
  }

  std::uint64_t count_all(const Explanation& candidate) const {
    const Trial trial = make_(candidate);
    return (trial.scale_differs ? 1 : 0) + count_elements(trial);
  }

  std::uint64_t count_elements(const Trial& trial) const {
    const std::uint64_t elements = tensor_.rows * tensor_.cols;
    std::uint64_t stride = (elements - 1) / tensor_.most_examined + 1;
    while (std::gcd(stride, tensor_.cols) > 1) ++stride;  // so that it meets every column
    const std::uint64_t examined = (elements + stride - 1) / stride;
    constexpr std::uint64_t piece = 1 << 12;
    std::atomic<std::uint64_t> count = 0;
    for_pieces(threads_, (examined + piece - 1) / piece, [&](std::uint64_t p) {
      std::uint64_t here = 0;
      for (std::uint64_t i = p * piece; i < std::min(examined, (p + 1) * piece); ++i) {
        const std::uint64_t element = i * stride;
        here += trial.differs(element / tensor_.cols, element % tensor_.cols) ? 1 : 0;
      }
      count += here;
    });
    return count;
  }

  Tensor tensor_;
  const MakeTrial& make_;
  int threads_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> sample_;
  std::uint64_t fewest_ = std::numeric_limits<std::uint64_t>::max();
  Explanation closest_;
};

float largest(const Trace& trace, const Operand& operand) {
  float top = -std::numeric_limits<float>::infinity();
  std::vector<float> buffer;
  const std::uint64_t elements = operand.rows * operand.cols;
  for (std::uint64_t first = 0; first < elements; first += piece_elements)
    top = std::max(top, std::ranges::max(
                            source_values(trace, operand, first, std::min(piece_elements, elements - first), buffer)));
  return top;
}

Diagnosis diagnose_codes(const Trace& trace, const Operand& operand, std::size_t sample,
                         std::span<const Mismatch> known, int threads) {
  const SourceStatistics statistics = measure_source(trace, operand, threads);
  const float signed_max = largest(trace, operand);
  const CodeView codes = trace.codes(operand, sample);
  const MakeTrial make = [&](const Explanation& explanation) {
    const CodeModel model(trace, operand, sample, statistics, signed_max, Hypotheses(explanation));
    const bool scale_differs =
        std::bit_cast<std::uint32_t>(model.scale()) != std::bit_cast<std::uint32_t>(operand.scale);
    return Trial{
        [model, codes](std::uint64_t row, std::uint64_t col) { return model.stored(row, col) != codes.code(row, col); },
        scale_differs};
  };
  Diagnosis diagnosis{.tensor = operand.codes[sample], .what = Checked::codes};
  Search({.rows = operand.rows, .cols = operand.cols, .known = known, .has_scale = sample == 0}, make, threads)
      .run(code_hypotheses(operand), diagnosis);
  return diagnosis;
}

Diagnosis diagnose_output(const Trace& trace, const Record& record, std::span<const Mismatch> known,
                          const DiagnoseOptions& options) {
  const TensorView& out = trace.tensor(record.out);
  const auto* values = out.bytes.data();
  const MakeTrial make = [&](const Explanation& explanation) {
    const auto model = std::make_shared<OutputModel>(trace, record, Hypotheses(explanation));
    return Trial{[model, values, n = record.n](std::uint64_t row, std::uint64_t col) {
                   std::uint32_t recorded = 0;
                   std::memcpy(&recorded, values + 4 * (row * n + col), sizeof recorded);
                   return std::bit_cast<std::uint32_t>(model->stored(row, col)) != recorded;
                 },
                 false};
  };
  const std::uint64_t examined =
      std::max<std::uint64_t>(4096, options.most_products / std::max<std::uint64_t>(1, record.k));
  // Every candidate, alone and in pairs, is tried on these.
  constexpr std::uint64_t most_sampled_terms = std::uint64_t{1} << 22;
  const std::uint64_t sampled = std::clamp<std::uint64_t>(most_sampled_terms / record.k, 32, 2048);
  Diagnosis diagnosis{.tensor = record.out, .what = Checked::output};
  Search({.rows = record.m, .cols = record.n, .most_examined = examined, .known = known, .sampled = sampled}, make,
         options.threads)
      .run(output_hypotheses(record), diagnosis);
  return diagnosis;
}

}  // namespace

std::vector<Diagnosis> diagnose(const Trace& trace, const Record& record, const RecordReport& report,
                                const DiagnoseOptions& options) {
  std::vector<Diagnosis> all;
  const auto failed = [&](Checked what, const std::string& tensor) -> const Check* {
    const auto found = std::ranges::find_if(report.checks, [&](const Check& c) {
      return c.what == what && c.tensor == tensor && c.mismatches > 0 && c.problem.empty();
    });
    return found == report.checks.end() ? nullptr : &*found;
  };
  for (const Operand* operand : {&record.a, &record.b})
    for (std::size_t s = 0; s < operand->codes.size(); ++s) {
      const Check* codes = failed(Checked::codes, operand->codes[s]);
      const bool scale = s == 0 && failed(Checked::scale, operand->codes[0]) != nullptr;
      if (codes == nullptr && !scale) continue;
      all.push_back(diagnose_codes(trace, *operand, s, codes == nullptr ? std::span<const Mismatch>() : codes->some,
                                   options.threads));
    }
  if (const Check* output = failed(Checked::output, record.out))
    all.push_back(diagnose_output(trace, record, output->some, options));
  return all;
}

}  // namespace luqsim

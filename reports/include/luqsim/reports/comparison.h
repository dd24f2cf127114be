// Several designs on the same trace: what each is best at, which one wins, and why.
#pragma once
#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "luqsim/results/results.h"
#include "luqsim/traces/record.h"

namespace luqsim {

// Results that cannot be read or compared. The message: whose, the key, its value, what was wanted.
class ResultsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Figure {
  double value = 0;
  bool known = true;
  bool best = false;  // no other design's is better, and not all are the same
};
BOOST_DESCRIBE_STRUCT(Figure, (), (value, known, best))

struct Verdict {
  std::string design;        // its name; with a number behind it where several designs share one
  Figure tera_ops;           // effective
  Figure iso_area_tera_ops;  // if as much of the design were built as fits the first design's area
  Figure tera_ops_per_mm2;   // 28 nm
  Figure picojoules_per_mac;
  Figure utilization;
  Figure cycles;
  Figure mismatching_tensors;  // known where the trace holds tensors to compare
  std::uint64_t tensors = 0;
  double square_millimeters = 0, milliseconds = 0;
  bool on_front = false;  // no other design is at once as small and as fast and better at one of the two

  bool exact() const { return mismatching_tensors.known && mismatching_tensors.value == 0; }
};
BOOST_DESCRIBE_STRUCT(Verdict, (),
                      (design, tera_ops, iso_area_tera_ops, tera_ops_per_mm2, picojoules_per_mac, utilization, cycles,
                       mismatching_tensors, tensors, square_millimeters, milliseconds, on_front))

inline constexpr std::array<Figure Verdict::*, 7> verdict_figures{
    &Verdict::tera_ops,           &Verdict::iso_area_tera_ops, &Verdict::tera_ops_per_mm2,
    &Verdict::picojoules_per_mac, &Verdict::utilization,       &Verdict::cycles,
    &Verdict::mismatching_tensors};

struct Comparison {
  std::vector<Verdict> verdicts;  // in the order of the results
  std::string sentence;           // which design wins and why the others do not
};
BOOST_DESCRIBE_STRUCT(Comparison, (), (verdicts, sentence))

// Throws ResultsError when the results are not of the same trace and tool version, or there are none.
Comparison compare(const std::vector<RunResult>& results);

// Bytes of a results.json: a record takes up to 12000, with its layer's sums, and 3000 as a rule.
constexpr std::uint64_t results_limit = 12000 * record_limit;

// A results.json. Throws ResultsError.
RunResult read_results(const std::string& path);
// Its text; `where` stands before messages.
RunResult parse_results(const std::string& text, const std::string& where);

}  // namespace luqsim

#include "luqsim/validate/report.h"

#include <algorithm>

namespace luqsim {

void note(Check& check, const Mismatch& mismatch) {
  constexpr std::size_t most = 1024;
  ++check.mismatches;
  const auto before = [](const Mismatch& a, const Mismatch& b) {
    return std::pair(a.row, a.col) < std::pair(b.row, b.col);
  };
  if (check.some.size() == most && !before(mismatch, check.some.back())) return;
  check.some.insert(std::ranges::upper_bound(check.some, mismatch, before), mismatch);
  if (check.some.size() > most) check.some.pop_back();
}

std::uint64_t RecordReport::mismatches() const {
  std::uint64_t sum = 0;
  for (const Check& check : checks) sum += check.mismatches;
  return sum;
}

std::uint64_t RecordReport::elements() const {
  std::uint64_t sum = 0;
  for (const Check& check : checks) sum += check.elements;
  return sum;
}

}  // namespace luqsim

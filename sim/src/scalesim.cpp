#include "scalesim.h"

#include <algorithm>

#include "counts.h"
#include "gemm_shape.h"
#include "record_result.h"
#include "unit.h"

namespace luqsim {

RecordResult scalesim_record(const Architecture& architecture, const Record& record) {
  const ArrayConfig& array = architecture.array;
  const auto folds = [](std::uint64_t size, std::uint64_t side) { return (size + side - 1) / side; };
  const std::uint64_t r = array.rows, c = array.cols;
  std::uint64_t count = 0, steps = 0, other = 0;
  switch (array.dataflow) {
    case Dataflow::os:
      count = folds(record.m, r) * folds(record.n, c);
      steps = record.k;
      other = r + c - 2;
      break;
    case Dataflow::ws:
      count = folds(record.k, r) * folds(record.n, c);
      steps = record.m;
      other = 2 * r + c - 2;
      break;
    case Dataflow::is:
      count = folds(record.k, r) * folds(record.m, c);
      steps = record.n;
      other = 2 * r + c - 2;
      break;
  }
  const std::string place = "record " + record.id;
  const std::uint64_t samples = gemm_shape(architecture, record).samples();
  RecordResult result = new_result(record, samples);
  const std::uint64_t of_one = count_product(count, count_sum(steps, other, place), place) - 1;
  result.cycles = count_product(samples, of_one, place);
  result.compute_bound_cycles = folds(result.macs, r * c);
  result.steps = count_product(samples, count * steps, place);
  const std::uint64_t busy = std::min(result.steps, result.cycles);
  result.units.push_back(
      {"array",
       {{std::string(name_of(Activity::busy)), busy}, {std::string(name_of(Activity::fill)), result.cycles - busy}}});
  return result;
}

}  // namespace luqsim

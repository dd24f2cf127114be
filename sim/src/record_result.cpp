#include "record_result.h"

#include <string>

#include "counts.h"

namespace luqsim {

RecordResult new_result(const Record& record, std::uint64_t samples) {
  return {.id = record.id,
          .layer = record.layer,
          .pass = std::string(name_of(record.pass)),
          .step = record.step,
          .m = record.m,
          .n = record.n,
          .k = record.k,
          .samples = samples,
          .macs = count_product(record.macs() / record.samples(), samples, "record " + record.id),
          .a_format = std::string(name_of(record.a.format)),
          .b_format = std::string(name_of(record.b.format))};
}

}  // namespace luqsim

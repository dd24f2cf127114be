// A test's own trace, of random GEMMs, and what its tests look for in results.
#pragma once
#include <algorithm>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "luqsim/sim/simulate.h"

#include "bench.h"
#include "random_trace.h"
#include "temporary_folder.h"

namespace luqsim::test {

class SimulatedTrace : public testing::Test {
 protected:
  template <class Fill>
  Trace make_trace(Fill fill) {
    TraceWriter writer(path_, {.backend = "cpu"});
    fill(writer);
    writer.commit();
    return Trace::open(path_);
  }

  Trace one_record(const std::string& id, const RandomGemm& gemm) {
    return make_trace([&](TraceWriter& writer) { add_random_record(writer, id, gemm, random_); });
  }

  Trace mixed_trace() {
    return make_trace([this](TraceWriter& writer) {
      int id = 0;
      for (const Pass pass : {Pass::fprop, Pass::dgrad, Pass::wgrad}) {
        add_random_record(writer, std::to_string(id++), {.pass = pass, .m = 20, .n = 13, .k = 37}, random_);
        add_random_record(writer, std::to_string(id++), {.pass = pass, .m = 8, .n = 8, .k = 1}, random_);
      }
      add_random_record(writer, "smp", {.pass = Pass::wgrad, .m = 17, .n = 9, .k = 21, .samples = 3}, random_);
      add_random_record(writer, "uint4", {.pass = Pass::wgrad, .m = 9, .n = 9, .k = 30, .activation = Format::uint4},
                        random_);
      add_random_record(writer, "hindsight", {.pass = Pass::dgrad, .m = 9, .n = 9, .k = 30, .hindsight = true},
                        random_);
      add_random_record(writer, "pow2", {.pass = Pass::dgrad, .m = 9, .n = 9, .k = 30, .luq = {.alpha = Alpha::pow2}},
                        random_);
      add_random_convolution(writer, "conv", random_);
    });
  }

  TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "trace.safetensors";
  static constexpr unsigned seed = 5;
  std::mt19937 random_{seed};
};

// A GEMM by its shape alone.
inline Record shape_record(std::uint64_t m, std::uint64_t n, std::uint64_t k) {
  Record record{.id = "gemm", .m = m, .n = n, .k = k};
  record.a.rows = m;
  record.a.cols = record.b.rows = k;
  record.b.cols = n;
  return record;
}

// The element of `items` whose `member` is `name`; std::out_of_range, which ends the test, where there is none.
template <class Item>
const Item& find_named(const std::vector<Item>& items, std::string Item::*member, const std::string& name) {
  const auto found = std::ranges::find(items, name, member);
  if (found == items.end()) throw std::out_of_range("no result of " + name);
  return *found;
}

inline const TensorCheck& find_check(const RecordResult& record, const std::string& tensor) {
  return find_named(record.checks, &TensorCheck::tensor, tensor);
}

inline const UnitResult& find_unit(const RecordResult& record, const std::string& unit) {
  return find_named(record.units, &UnitResult::unit, unit);
}

}  // namespace luqsim::test

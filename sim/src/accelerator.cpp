#include "accelerator.h"

namespace luqsim {
namespace {
std::size_t slots(const BufferConfig& buffer) { return buffer.double_buffered ? 2 : 1; }
}  // namespace

Accelerator::Accelerator(const Architecture& a, const std::function<void()>& on_error)
    : dram("dram", a.dram),
      a_scratchpad(slots(a.a)),
      b_scratchpad(slots(a.b)),
      folds(1),
      out_scratchpad(slots(a.out)),
      load_a("load_a", on_error, dram, 0, a_scratchpad),
      load_b("load_b", on_error, dram, 1, b_scratchpad),
      quantizer("quantizer", on_error, a.quantizer, a_scratchpad, out_scratchpad),
      array("array", on_error, a.array, a_scratchpad, b_scratchpad, folds),
      drain("drain", on_error, folds, out_scratchpad),
      store("store", on_error, dram, 2, out_scratchpad) {}

std::vector<Unit*> Accelerator::units() { return {&load_a, &load_b, &quantizer, &array, &drain, &store}; }

}  // namespace luqsim

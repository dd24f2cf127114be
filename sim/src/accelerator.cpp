#include "accelerator.h"

namespace luqsim {
namespace {
std::size_t slots(const BufferConfig& buffer) { return buffer.double_buffered ? 2 : 1; }
}  // namespace

Accelerator::Accelerator(const Architecture& a, Fidelity fidelity, const UnitContext& context)
    : dram("dram", a.dram),
      a_scratchpad(slots(a.a)),
      b_scratchpad(slots(a.b)),
      stationary(1),
      folds(1),
      out_scratchpad(slots(a.out)),
      load_a("load_a", context, dram, load_a_port, a_scratchpad),
      load_b("load_b", context, dram, load_b_port, b_scratchpad),
      quantizer("quantizer", context, a.quantizer, a_scratchpad, out_scratchpad),
      array(make_mac_array(fidelity, context, a, {a_scratchpad, b_scratchpad, folds, out_scratchpad, stationary})),
      drain("drain", context, a, folds, out_scratchpad, *array),
      store("store", context, dram, store_port, out_scratchpad) {
  if (!keeps_outputs(a.array.dataflow))
    preload = std::make_unique<Preload>(
        "preload", context, a, a.array.dataflow == Dataflow::ws ? b_scratchpad : a_scratchpad, stationary, *array);
}

std::vector<Unit*> Accelerator::units() {
  if (preload) return {&load_a, &load_b, &quantizer, preload.get(), array.get(), &store};
  return {&load_a, &load_b, &quantizer, array.get(), &drain, &store};
}

}  // namespace luqsim

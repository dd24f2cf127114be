// What a record must satisfy beyond the types of its keys, for reader and writer alike.
#pragma once
#include "luqsim/traces/record.h"

#include "context.h"
#include "safetensors.h"

namespace luqsim {

// Throws TraceError unless shapes, views, quantizers and the tensors named agree with each other.
void check_record(const Record& record, const TensorTable& tensors, const Context& context);

void check_provenance(const Provenance& provenance, const Context& context);

}  // namespace luqsim

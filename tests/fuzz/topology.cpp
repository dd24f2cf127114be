// SCALE-Sim's topology files.
#include "input_file.h"
#include "readers.h"
#include "workload.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static luqsim::fuzz::InputFile file;
  try {
    luqsim::fuzz::make_trace(luqsim::read_csv(file.write(data, size)));
  } catch (const luqsim::TraceError&) {
  }
  return 0;
}

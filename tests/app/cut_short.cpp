// cut_short TRACE: opens a trace as the programs do, makes the file shorter, and reads on.
#include <filesystem>

#include "luqsim/program/guarded.h"
#include "luqsim/traces/trace.h"

int main(int, char** arguments) {
  return luqsim::guarded<luqsim::TraceError>("luqsim", [arguments] {
    const luqsim::Trace trace = luqsim::Trace::open(arguments[1]);
    std::filesystem::resize_file(arguments[1], 8192);
    return trace.digest().empty() ? 1 : 0;
  });
}

// A folder in which tests run luqsim on a small trace of their own.
#pragma once
#include <random>
#include <string>

#include <boost/json.hpp>

#include "program_folder.h"
#include "random_trace.h"

namespace luqsim::test {

class LuqsimFolder : public ProgramFolder {
 protected:
  LuqsimFolder() : ProgramFolder(LUQSIM_PROGRAM) {}

  ProgramResult luqsim(const std::string& arguments, const std::string& before = "") const {
    return run(arguments, before);
  }

  // A small trace of the three passes, t.safetensors; returns its bytes.
  std::string write_trace() const {
    std::mt19937 random(9);
    TraceWriter writer(file("t.safetensors"), {.backend = "cpu", .network = "test network"});
    for (const Pass pass : {Pass::fprop, Pass::dgrad, Pass::wgrad})
      add_random_record(writer, std::string(name_of(pass)), {.pass = pass, .m = 10, .n = 12, .k = 14}, random);
    writer.commit();
    return read("t.safetensors");
  }
};

// Results that were made in another way may differ in how they were made alone.
inline boost::json::object without_command(const std::string& results) {
  boost::json::object object = boost::json::parse(results).as_object();
  object.erase("command");
  return object;
}

}  // namespace luqsim::test

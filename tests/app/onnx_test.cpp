// The program on ONNX models.
#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "onnx_models.h"
#include "program.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

using test::ProgramResult;

class AppOnnx : public testing::Test {
 protected:
  ProgramResult luqsim(const std::string& arguments) const {
    return test::run_program("cd " + (folder_ / "").string() + " && " LUQSIM_PROGRAM " " + arguments);
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  test::TemporaryFolder folder_;
};

TEST_F(AppOnnx, ModelsRunAndImport) {
  test::OnnxModel model;
  model.input("x", {-1, 2, 5, 5}).weight("w", {3, 2, 3, 3});
  model.node("Conv", {"x", "w"}, {"y"});
  write("net.onnx", model.bytes());
  const ProgramResult run = luqsim("run default net.onnx --batch 4 --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const boost::json::value results = boost::json::parse(run.out);
  EXPECT_EQ(results.at("records").as_array().size(), 3U);
  EXPECT_EQ(results.at("total").at("macs"), 3 * 4 * 9 * 18 * 3);
  ASSERT_EQ(luqsim("import net.onnx -o net.safetensors").exit_code, 0);
  EXPECT_NE(luqsim("inspect net.safetensors").out.find("Conv_y.wgrad"), std::string::npos);
}

TEST_F(AppOnnx, WrongModelsAreErrors) {
  test::OnnxModel model;
  model.input("x", {1, 2, 5, 5}).weight("w", {3, 4, 3, 3});
  model.node("Conv", {"x", "w"}, {"y"}).set_name("first");
  write("wrong.onnx", model.bytes());
  const ProgramResult wrong = luqsim("run default wrong.onnx");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("wrong.onnx: node 0 'first': 'Conv': input W: [3, 4, 3, 3]; wanted 2 channels"),
            std::string::npos)
      << wrong.err;
  write("half.onnx", model.bytes().substr(0, model.bytes().size() / 2));
  const ProgramResult half = luqsim("import half.onnx -o half.safetensors");
  EXPECT_EQ(half.exit_code, 2);
  EXPECT_NE(half.err.find("half.onnx: not an ONNX model"), std::string::npos) << half.err;
}

}  // namespace
}  // namespace luqsim

// The program on ONNX models.
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "luqsim_folder.h"
#include "onnx_models.h"

namespace luqsim {
namespace {

using test::ProgramResult;
using AppOnnx = test::LuqsimFolder;

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
  expect_bad_input("run default wrong.onnx",
                   "wrong.onnx: node 0 'first': 'Conv': input W: [3, 4, 3, 3]; wanted 2 channels");
  write("half.onnx", model.bytes().substr(0, model.bytes().size() / 2));
  expect_bad_input("import half.onnx -o half.safetensors", "half.onnx: not an ONNX model");
}

}  // namespace
}  // namespace luqsim

// A build without ONNX says so.
#include <gtest/gtest.h>

#include "import_files.h"

namespace luqsim {
namespace {

TEST(Onnx, IsNotInThisBuild) {
  EXPECT_EQ(test::ImportFiles().error("net.onnx", ""),
            "net.onnx: an ONNX model; wanted a build with -DLUQSIM_ONNX=ON, or layers in .csv or .yaml");
}

}  // namespace
}  // namespace luqsim

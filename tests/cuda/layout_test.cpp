// Packing and transposing codes against the model.
#include "luqsim/cuda/layout.h"

#include "luqsim/numerics/tensor.h"

#include "on_device.h"
#include "sampling.h"

namespace luqsim::cuda {
namespace {

using test::OnDevice;

class Layout : public test::DeviceTest {};

TEST_F(Layout, PacksAndTransposesEveryFormat) {
  sampling::Source source(1);
  for (const Format format : {Format::int4, Format::uint4, Format::fp4_e3m0})
    for (const Shape shape :
         {Shape{1, 1}, Shape{1, 7}, Shape{7, 1}, Shape{64, 64}, Shape{65, 63}, Shape{3, 500}, Shape{130, 200}}) {
      std::vector<std::int8_t> levels(shape.size()), turned(shape.size());
      for (std::int8_t& level : levels)
        level = static_cast<std::int8_t>(format == Format::uint4 ? source.between(0, 15) : source.between(-7, 7));
      for (std::size_t i = 0; i < levels.size(); ++i) turned[i % shape.cols * shape.rows + i / shape.cols] = levels[i];
      const CodeTensor model = luqsim::pack_levels(format, shape.rows, shape.cols, levels),
                       transposed = luqsim::pack_levels(format, shape.cols, shape.rows, turned);

      const OnDevice<std::int8_t> device_levels(stream_, std::span<const std::int8_t>(levels));
      const OnDevice<std::uint8_t> codes(stream_, model.bytes.size()), out(stream_, transposed.bytes.size());
      pack_levels(stream_, device_levels.data(), format, shape, codes.data());
      transpose_codes(stream_, codes.data(), shape, out.data());
      ASSERT_EQ(codes.host(), model.bytes) << name_of(format) << " " << shape.rows << " x " << shape.cols;
      ASSERT_EQ(out.host(), transposed.bytes) << name_of(format) << " " << shape.rows << " x " << shape.cols;
    }
  EXPECT_THROW(pack_levels(stream_, nullptr, Format::fp16, {1, 1}, nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace luqsim::cuda

// The CIFAR-10 reader: planes become channels of a pixel, files follow each other, and what it refuses.
#include <fstream>

#include <gtest/gtest.h>

#include "input_error.h"
#include "small_set.h"

namespace luqsim {
namespace {

using train::InputError;

// An image whose bytes are `seed`, seed + 1, ... modulo 251 after the label.
std::string image(int label, int seed) {
  std::string bytes(1, static_cast<char>(label));
  for (int i = 0; i < 3072; ++i) bytes.push_back(static_cast<char>((seed + i) % 251));
  return bytes;
}

class Cifar : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  void expect_refused(const std::filesystem::path& path, const std::string& message) const {
    try {
      train::read_cifar({path});
      ADD_FAILURE() << "accepted; wanted: " << message;
    } catch (const InputError& e) {
      EXPECT_EQ(e.what(), path.string() + ": " + message);
    }
  }

  test::TemporaryFolder folder_;
};

TEST_F(Cifar, PlanesBecomeChannels) {
  const train::Images set = train::read_cifar({file("a", image(3, 0) + image(9, 7)), file("b", image(0, 100))});
  EXPECT_EQ(set.labels, (std::vector<std::uint8_t>{3, 9, 0}));
  EXPECT_EQ(set.classes, 10U);
  ASSERT_EQ(set.images.rows, 3U);
  const int seeds[] = {0, 7, 100};
  for (std::uint64_t i = 0; i < 3; ++i)
    for (int p = 0; p < 1024; ++p)
      for (int c = 0; c < 3; ++c)
        ASSERT_EQ(set.images.row(i)[3 * p + c], static_cast<float>((seeds[i] + 1024 * c + p) % 251) / 250.0F);
}

TEST_F(Cifar, TrainsWithThreeChannels) {
  std::string bytes;
  for (int i = 0; i < 20; ++i) bytes += image(i % 2, i % 2 * 120);
  const train::Images set = train::read_cifar({file("a", bytes)});
  train::Options options = test::small_cnn();
  options.batch = 8;
  options.epochs = 8;
  options.rate = 0.01F;
  const auto backend = train::make_cpu_backend();
  for (const train::Scheme scheme : {train::Scheme::fp32, train::Scheme::luq}) {
    const train::TrainResult result = train::train(*backend, options, scheme, set, nullptr, {});
    EXPECT_LT(result.epochs.back().loss, result.epochs.front().loss) << name_of(scheme);
  }
}

TEST_F(Cifar, Refusals) {
  expect_refused(folder_ / "none", "no such file; wanted a CIFAR-10 binary file");
  expect_refused(file("short", image(1, 0).substr(1)), "3072 bytes; wanted records of 3073");
  expect_refused(file("empty", ""), "0 bytes; wanted records of 3073");
  expect_refused(file("label", image(1, 0) + image(10, 0)), "label 10 of image 1; wanted 0 to 9");
}

}  // namespace
}  // namespace luqsim

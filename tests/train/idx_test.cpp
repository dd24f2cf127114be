// The IDX reader on the bundled set and on files that lie.
#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "input_error.h"
#include "small_set.h"

namespace luqsim {
namespace {

using test::TemporaryFolder;
using train::InputError;

std::string word(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift & 0xFF));
  return bytes;
}

std::string images_file(std::uint32_t n, std::uint32_t h, std::uint32_t w, const std::string& pixels) {
  return word(0x803) + word(n) + word(h) + word(w) + pixels;
}
std::string labels_file(std::uint32_t n, const std::string& labels) { return word(0x801) + word(n) + labels; }

class Idx : public testing::Test {
 protected:
  train::Images read(const std::string& images, const std::string& labels) const {
    std::ofstream(folder_ / "images", std::ios::binary) << images;
    std::ofstream(folder_ / "labels", std::ios::binary) << labels;
    return train::read_idx(folder_ / "images", folder_ / "labels");
  }

  void expect_refused(const std::string& images, const std::string& labels, const std::string& file,
                      const std::string& message) const {
    try {
      read(images, labels);
      ADD_FAILURE() << "accepted; wanted: " << message;
    } catch (const InputError& e) {
      EXPECT_EQ(e.what(), (folder_ / file).string() + ": " + message);
    }
  }

  const std::string good_images_ = images_file(2, 1, 3, std::string("\0\1\2\3\4\x8", 6));
  const std::string good_labels_ = labels_file(2, std::string("\0\2", 2));
  TemporaryFolder folder_;
};

TEST_F(Idx, PixelsBecomeFractionsOfTheLargest) {
  const train::Images set = read(good_images_, good_labels_);
  EXPECT_EQ(set.height, 1U);
  EXPECT_EQ(set.width, 3U);
  EXPECT_EQ(set.classes, 3U);
  EXPECT_EQ(set.images.rows, 2U);
  EXPECT_EQ(set.images.values, (std::vector<float>{0, 0.125F, 0.25F, 0.375F, 0.5F, 1}));
  EXPECT_EQ(set.labels, (std::vector<std::uint8_t>{0, 2}));
}

TEST_F(Idx, AllZeroImagesStayZero) {
  EXPECT_EQ(read(images_file(1, 1, 2, std::string(2, '\0')), labels_file(1, "\1")).images.values,
            (std::vector<float>{0, 0}));
}

TEST_F(Idx, FilesThatDoNotExist) {
  EXPECT_THROW(train::read_idx(folder_ / "none", folder_ / "none"), InputError);
  EXPECT_THROW(train::read_idx(folder_ / "", folder_ / ""), InputError);
}

TEST_F(Idx, TruncatedAnywhereIsRefused) {
  for (std::size_t size = 0; size < good_images_.size(); ++size)
    EXPECT_THROW(read(good_images_.substr(0, size), good_labels_), InputError) << size;
  for (std::size_t size = 0; size < good_labels_.size(); ++size)
    EXPECT_THROW(read(good_images_, good_labels_.substr(0, size)), InputError) << size;
  expect_refused(good_images_.substr(0, 7), good_labels_, "images", "7 bytes; wanted a header of 16");
}

TEST_F(Idx, TrailingBytesAreRefused) {
  expect_refused(good_images_ + "x", good_labels_, "images", "7 bytes of data; wanted 2 x 1 x 3, from its header");
  expect_refused(good_images_, good_labels_ + "x", "labels", "3 bytes of data; wanted 2, from its header");
}

TEST_F(Idx, WrongMagicNumbersAreRefused) {
  expect_refused(good_labels_ + std::string(8, '\0'), good_labels_, "images",
                 "magic number: 0x00000801; wanted 0x00000803");
  expect_refused(good_images_, good_images_, "labels", "magic number: 0x00000803; wanted 0x00000801");
}

TEST_F(Idx, ExtentsThatWouldOverflowAreRefused) {
  expect_refused(images_file(0xFFFFFFFF, 1, 1, ""), good_labels_, "images",
                 "extent 0: 4294967295; wanted 1 to 10000000");
  expect_refused(images_file(2, 0, 3, ""), good_labels_, "images", "extent 1: 0; wanted 1 to 10000000");
  // 2^21 * 2^22 * 2^21 wraps 64 bits to 0, the size of the data.
  expect_refused(images_file(1U << 21, 1U << 22, 1U << 21, ""), good_labels_, "images",
                 "0 bytes of data; wanted 2097152 x 4194304 x 2097152, from its header");
}

TEST_F(Idx, AsManyLabelsAsImages) {
  expect_refused(good_images_, labels_file(3, "\1\2\3"), "labels",
                 "3 labels; wanted 2, one for each image of " + (folder_ / "images").string());
}

TEST(Digits, AreTheSetOfTheUciRepository) {
  const train::Images& set = test::digits();
  EXPECT_EQ(set.images.rows, 1797U);
  EXPECT_EQ(set.height, 8U);
  EXPECT_EQ(set.width, 8U);
  EXPECT_EQ(set.classes, 10U);
  std::vector<int> counts(10);
  for (const std::uint8_t label : set.labels) ++counts[label];
  // https://doi.org/10.24432/C50P49, "Class Distribution", test set.
  EXPECT_EQ(counts, (std::vector<int>{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}));
  // The first image: 0, 0, 5, 13, 9, 1, 0, 0 in its first row.
  const std::vector<float> row(set.images.row(0), set.images.row(0) + 8);
  EXPECT_EQ(row, (std::vector<float>{0, 0, 5 / 16.0F, 13 / 16.0F, 9 / 16.0F, 1 / 16.0F, 0, 0}));
}

TEST(Digits, EveryFifthIsHeldOut) {
  const train::Split split = train::split(test::digits());
  EXPECT_EQ(split.held_out.size(), 359U);
  EXPECT_EQ(split.train.size(), 1438U);
  EXPECT_TRUE(std::ranges::all_of(split.held_out, [](std::uint32_t i) { return i % 5 == 4; }));
  EXPECT_TRUE(std::ranges::none_of(split.train, [](std::uint32_t i) { return i % 5 == 4; }));
}

}  // namespace
}  // namespace luqsim

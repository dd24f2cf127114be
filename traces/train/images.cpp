#include "images.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include "input_error.h"
#include "order.h"

namespace luqsim::train {
namespace {

using Bytes = std::vector<std::uint8_t>;

class IdxFile {
 public:
  IdxFile(const std::filesystem::path& path, std::uint32_t magic, std::size_t dimensions) : path_(path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) fail("no such file; wanted an IDX file");
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    const std::size_t header = 4 + 4 * dimensions;
    if (bytes_.size() < header) fail(fmt::format("{} bytes; wanted a header of {}", bytes_.size(), header));
    if (word(0) != magic) fail(fmt::format("magic number: {:#010x}; wanted {:#010x}", word(0), magic));
    std::uint64_t expected = 1;
    for (std::size_t i = 0; i < dimensions; ++i) {
      extents.push_back(word(4 + 4 * i));
      if (extents.back() < 1 || extents.back() > 10'000'000)
        fail(fmt::format("extent {}: {}; wanted 1 to 10000000", i, extents.back()));
      // Three extents could wrap 64 bits: beyond the file's size the product need not grow.
      expected = std::min<std::uint64_t>(expected * extents.back(), bytes_.size());
    }
    if (bytes_.size() - header != expected)
      fail(fmt::format("{} bytes of data; wanted {}, from its header", bytes_.size() - header,
                       fmt::join(extents, " x ")));
    data = std::span(bytes_).subspan(header);
  }

  [[noreturn]] void fail(const std::string& what) const { throw InputError(path_.string() + ": " + what); }

  std::vector<std::uint32_t> extents;
  std::span<const std::uint8_t> data;

 private:
  std::uint32_t word(std::size_t at) const {
    return std::uint32_t{bytes_[at]} << 24 | std::uint32_t{bytes_[at + 1]} << 16 | std::uint32_t{bytes_[at + 2]} << 8 |
           bytes_[at + 3];
  }

  std::filesystem::path path_;
  Bytes bytes_;
};

class ImageBatches : public Batches {
 public:
  ImageBatches(const Images& images, const Options& options)
      : images_(images), options_(options), split_(split(images)) {
    if (split_.held_out.empty())
      throw InputError(fmt::format("{} images; wanted at least 5: every fifth is held out", images.labels.size()));
    if (steps_per_epoch() == 0)
      throw InputError(
          fmt::format("batch: {}; wanted at most {}, the training images", options.batch, split_.train.size()));
  }

  std::uint32_t steps_per_epoch() const override {
    return static_cast<std::uint32_t>(split_.train.size() / options_.batch);
  }

  Batch training(std::uint32_t step) override {
    const std::uint32_t position = step % steps_per_epoch();
    if (position == 0) shuffle(step / steps_per_epoch());
    return batch(std::span(order_).subspan(std::size_t{position} * options_.batch, options_.batch));
  }

  std::uint32_t held_out_groups() const override {
    return static_cast<std::uint32_t>((split_.held_out.size() + evaluation_batch - 1) / evaluation_batch);
  }

  Batch held_out(std::uint32_t group) const override {
    const std::span<const std::uint32_t> rest =
        std::span(split_.held_out).subspan(std::size_t{group} * evaluation_batch);
    return batch(rest.first(std::min<std::size_t>(evaluation_batch, rest.size())));
  }

 private:
  // Fisher-Yates: position i takes one of 0..i.
  void shuffle(std::uint32_t epoch) {
    order_ = split_.train;
    const OrderNumbers numbers(options_.seed, epoch, order_.size());
    for (std::uint32_t i = static_cast<std::uint32_t>(order_.size()) - 1; i > 0; --i)
      std::swap(order_[i], order_[numbers.below(i + 1, i)]);
  }

  Batch batch(std::span<const std::uint32_t> numbers) const {
    Batch b{{numbers.begin(), numbers.end()}, {}};
    for (const std::uint32_t i : numbers) b.labels.push_back(images_.labels[i]);
    return b;
  }

  const Images& images_;
  const Options& options_;
  Split split_;
  std::vector<std::uint32_t> order_;  // of this epoch
};

}  // namespace

std::unique_ptr<Batches> Images::make_batches(const Options& options) const {
  return std::make_unique<ImageBatches>(*this, options);
}

Network Images::make_network(Backend& backend, const Options& options, Scheme scheme) const {
  return make_image_network(backend, options, scheme, *this);
}

Images read_idx(const std::filesystem::path& images_path, const std::filesystem::path& labels_path) {
  const IdxFile images(images_path, 0x803, 3), labels(labels_path, 0x801, 1);
  if (images.extents[0] != labels.extents[0])
    labels.fail(fmt::format("{} labels; wanted {}, one for each image of {}", labels.extents[0], images.extents[0],
                            images_path.string()));
  Images set;
  set.height = images.extents[1];
  set.width = images.extents[2];
  set.images = Matrix(images.extents[0], std::uint64_t{set.height} * set.width);
  const float largest = std::max<float>(1, std::ranges::max(images.data));
  std::ranges::transform(images.data, set.images.values.begin(),
                         [largest](std::uint8_t v) { return static_cast<float>(v) / largest; });
  set.labels.assign(labels.data.begin(), labels.data.end());
  set.classes = std::uint32_t{std::ranges::max(set.labels)} + 1;
  return set;
}

Split split(const Images& images) {
  Split s;
  for (std::uint32_t i = 0; i < images.labels.size(); ++i) (i % 5 == 4 ? s.held_out : s.train).push_back(i);
  return s;
}

}  // namespace luqsim::train

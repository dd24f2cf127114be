#include "text.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "input_error.h"
#include "order.h"

namespace luqsim::train {
namespace {

constexpr std::uintmax_t most_characters = std::uintmax_t{1} << 30;  // positions are 32-bit numbers

class TextBatches : public Batches {
 public:
  TextBatches(const Text& text, const Options& options)
      : tokens_(text.tokens), options_(options), training_size_(tokens_.size() - tokens_.size() / 5) {
    const std::size_t wanted = 5 * (std::size_t{options.context} + 1);
    if (tokens_.size() < wanted)
      throw InputError(
          fmt::format("context: {} in {} of {} characters; wanted a text of at least {}: its last fifth is held out",
                      options.context, text.name, tokens_.size(), wanted));
  }

  std::uint32_t steps_per_epoch() const override { return options_.steps_per_epoch; }

  Batch training(std::uint32_t step) override {
    const OrderNumbers numbers(options_.seed, step, options_.batch);
    const auto places = static_cast<std::uint32_t>(training_size_ - options_.context);
    Batch b;
    for (std::uint32_t i = 0; i < options_.batch; ++i) add_window(b, numbers.below(places, i));
    return b;
  }

  std::uint32_t held_out_groups() const override { return (held_out_windows() + options_.batch - 1) / options_.batch; }

  Batch held_out(std::uint32_t group) const override {
    const std::uint32_t first = group * options_.batch;
    Batch b;
    for (std::uint32_t i = first; i < std::min(first + options_.batch, held_out_windows()); ++i)
      add_window(b, training_size_ + std::size_t{i} * options_.context);
    return b;
  }

 private:
  std::uint32_t held_out_windows() const {
    return static_cast<std::uint32_t>((tokens_.size() - training_size_ - 1) / options_.context);
  }

  void add_window(Batch& b, std::size_t place) const {
    const auto first = tokens_.begin() + static_cast<std::ptrdiff_t>(place);
    b.rows.insert(b.rows.end(), first, first + options_.context);
    b.labels.insert(b.labels.end(), first + 1, first + 1 + options_.context);
  }

  const std::vector<std::uint8_t>& tokens_;
  const Options& options_;
  std::size_t training_size_;
};

}  // namespace

Text::Text(std::string n, std::string_view characters) : name(std::move(n)), tokens(characters.size()) {
  std::array<std::uint8_t, 256> token{};
  for (const char c : characters) token[static_cast<std::uint8_t>(c)] = 1;
  for (std::size_t byte = 0; byte < token.size(); ++byte) {
    if (token[byte] == 0) continue;
    token[byte] = static_cast<std::uint8_t>(vocabulary.size());
    vocabulary.push_back(static_cast<char>(byte));
  }
  std::ranges::transform(characters, tokens.begin(), [&](char c) { return token[static_cast<std::uint8_t>(c)]; });
}

std::unique_ptr<Batches> Text::make_batches(const Options& options) const {
  return std::make_unique<TextBatches>(*this, options);
}

Network Text::make_network(Backend& backend, const Options& options, Scheme scheme) const {
  return make_text_network(backend, options, scheme, *this);
}

Text read_text(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) throw InputError(path.string() + ": no such file; wanted a text");
  if (const std::uintmax_t size = std::filesystem::file_size(path, error); error || size > most_characters)
    throw InputError(fmt::format("{}: {} bytes; wanted at most {}", path.string(), size, most_characters));
  std::ifstream file(path, std::ios::binary);
  const std::string characters(std::istreambuf_iterator<char>(file), {});
  if (!file) throw InputError(path.string() + ": cannot be read");
  return {path.string(), characters};
}

}  // namespace luqsim::train

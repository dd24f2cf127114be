// A text to predict character by character.
#pragma once
#include <filesystem>
#include <string>

#include "dataset.h"

namespace luqsim::train {

// A batch is windows of `context` characters, each labelled with its successor: from random places of the training
// part, or one after the other through the held-out part, the last fifth; a shorter window at its end is left out. The
// vocabulary is the text's distinct bytes in ascending order.
class Text : public Dataset {
 public:
  Text(std::string name, std::string_view characters);

  std::unique_ptr<Batches> make_batches(const Options& options) const override;
  Network make_network(Backend& backend, const Options& options, Scheme scheme) const override;

  std::string name;                  // for messages
  std::string vocabulary;            // a token's character
  std::vector<std::uint8_t> tokens;  // of the text
};

// Throws InputError naming the file.
Text read_text(const std::filesystem::path& path);

}  // namespace luqsim::train

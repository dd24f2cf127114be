// What a misspelt word may have meant.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace luqsim {

// Of characters: insertions, deletions and substitutions.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate of the least distance from the word, the first of equal ones; empty where none has `most` or less.
std::string nearest(std::string_view word, std::span<const std::string> candidates,
                    std::size_t most = std::string_view::npos);

}  // namespace luqsim

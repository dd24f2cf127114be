#include "luqsim/input/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace luqsim {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size());
  std::iota(row.begin(), row.end(), std::size_t{1});
  std::size_t distance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = i;
    std::size_t* above = row.data();
    distance = i + 1;
    for (const char c : b) {
      const std::size_t substitute = diagonal + (a[i] == c ? 0 : 1);
      diagonal = *above;
      distance = *above++ = std::min(std::min(diagonal, distance) + 1, substitute);
    }
  }
  return distance;
}

std::string nearest(std::string_view word, std::span<const std::string> candidates, std::size_t most) {
  constexpr std::size_t longest = 50;  // longer than any name: a file may be one long word
  word = word.substr(0, longest);
  std::string found;
  for (const std::string& candidate : candidates)
    if (const std::size_t distance = edit_distance(candidate, word);
        distance < most || (found.empty() && distance == most)) {
      most = distance;
      found = candidate;
    }
  return found;
}

}  // namespace luqsim

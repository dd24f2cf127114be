#include "text.h"

#include <stdexcept>

namespace luqsim {

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string script_json(std::string_view json) {
  std::string safe;
  for (const char c : json) {
    if (c == '<')
      safe += "\\u003c";
    else if (c == '>')
      safe += "\\u003e";
    else if (c == '&')
      safe += "\\u0026";
    else
      safe += c;
  }
  return safe;
}

std::string folded(const std::string& summary, const std::string& contents) {
  return "<details><summary>" + escaped(summary) + "</summary>\n" + contents + "</details>\n";
}

std::string filled(std::string_view frame, const std::map<std::string, std::string, std::less<>>& values) {
  std::string text;
  for (std::size_t begin = frame.find("{{"); begin != std::string_view::npos; begin = frame.find("{{")) {
    const std::size_t end = frame.find("}}", begin);
    text += frame.substr(0, begin);
    text += values.at(std::string(frame.substr(begin + 2, end - begin - 2)));
    frame.remove_prefix(end + 2);
  }
  return text.append(frame);
}

}  // namespace luqsim

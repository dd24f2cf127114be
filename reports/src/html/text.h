// Text on its way into the page. Names come from traces and YAML files and may be anything.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace luqsim {

// For elements and quoted attributes.
std::string escaped(std::string_view text);

// JSON that may stand in a script element: no character of it starts or ends a tag or a comment.
std::string script_json(std::string_view json);

// Contents under a line that opens them.
std::string folded(const std::string& summary, const std::string& contents);

// The frame with each {{name}} replaced. What is put in is not searched again.
std::string filled(std::string_view frame, const std::map<std::string, std::string, std::less<>>& values);

}  // namespace luqsim

// JSON as traces need it: strict, of limited depth, duplicate keys refused, numbers exactly rounded.
#pragma once
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "context.h"

namespace luqsim {

// Throws TraceError, naming `field` and the byte, for anything that is not one JSON value. A number with a fraction or
// an exponent becomes the nearest binary64.
boost::json::value parse_json(std::string_view text, const Context& context, std::string_view field);

// A value for a message: its JSON text, cut when long.
std::string print_json(const boost::json::value& value);

}  // namespace luqsim

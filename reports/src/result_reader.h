// Results from JSON, key by key.
#pragma once
#include <string>

#include <boost/json/value.hpp>

#include "luqsim/results/results.h"

namespace luqsim {

// Every key must be there and no other. Throws ResultsError "where: total.cycles: "x"; wanted an integer ...".
RunResult result_of(const boost::json::value& value, const std::string& where);

}  // namespace luqsim

#include <boost/json.hpp>

#include "luqsim/reports/report.h"

namespace luqsim {

std::string results_json(const RunResult& result) { return boost::json::serialize(boost::json::value_from(result)); }

std::string comparison_json(const Comparison& comparison) {
  return boost::json::serialize(boost::json::value_from(comparison));
}

}  // namespace luqsim

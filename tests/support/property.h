// Properties with a number of cases of their own, and the values they draw. RapidCheck shrinks a failing case and
// prints every value drawn for it by name. Inside a property assert with RC_ASSERT: what GoogleTest's macros find is
// not shrunk.
#pragma once
#include <initializer_list>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "luqsim/numerics/enum_names.h"

namespace luqsim {

// Found by RapidCheck, which prints the enumerators drawn.
template <NamedEnum Enum>
void showValue(const Enum& value, std::ostream& out) {
  out << name_of(value);
}

}  // namespace luqsim

namespace luqsim::test {

// Runs `property`, which draws its own case, `cases` times. RC_PARAMS in the environment still sets the rest (the
// seed).
template <class Property>
void check_property(int cases, Property property) {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  rc::detail::TestMetadata metadata;
  metadata.id = std::string(test.test_suite_name()) + "/" + test.name();
  metadata.description = test.name();
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = cases;
  const auto result = rc::detail::checkTestable(std::move(property), metadata, params);
  std::ostringstream message;
  rc::detail::printResultMessage(result, message);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << message.str();
}

// Draws first .. last, evenly in every case; shrinks towards `first`.
template <class Int>
Int between(Int first, Int last, const std::string& name) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<Int>(first, last + 1)).as(name);
}

inline std::uint32_t upto(std::uint32_t last, const std::string& name) { return between<std::uint32_t>(1, last, name); }

inline bool either(const std::string& name) { return *rc::gen::arbitrary<bool>().as(name); }

// Draws one of the choices; shrinks towards the first.
template <class T>
T one_of(const std::string& name, std::vector<T> choices) {
  const auto index = rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, choices.size()));
  return *rc::gen::map(index, [choices = std::move(choices)](std::size_t i) { return choices[i]; }).as(name);
}
template <class T>
T one_of(const std::string& name, std::initializer_list<T> choices) {
  return one_of(name, std::vector<T>(choices));
}

// A seed of std::mt19937: no value is simpler than another.
inline std::uint32_t random_seed(const std::string& name) {
  return *rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint32_t>())).as(name);
}

}  // namespace luqsim::test

// The keys of an architecture file, once: the parser, the schema and the error messages all read this table.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "luqsim/arch/architecture.h"

namespace luqsim {

struct IntegerType {
  std::uint64_t min, max;
};
struct RealType {
  double min, max;
};
struct BooleanType {};
struct TextType {};  // shown as it stands: not empty, no control characters
struct ChoiceType {
  std::vector<std::string> names;
};
using FieldType = std::variant<IntegerType, RealType, BooleanType, TextType, ChoiceType>;

struct Field {
  std::string_view path;  // "array.rows"
  FieldType type;
  bool required;
  std::string_view description;
  // Reads an already checked scalar: integer, real, boolean, text or the name of a choice.
  std::function<void(Architecture&, const std::string& scalar)> set;
  // The value as such a scalar; nothing where it is left to the trace.
  std::function<std::optional<std::string>(const Architecture&)> get;
};

const std::vector<Field>& architecture_fields();
const Field* find_field(std::string_view path);  // null when there is none

// "an integer from 1 to 1024", "one of: os, ws": what a message says was wanted.
std::string wanted(const FieldType& type);

// One spelling for each valid value of the type: "1" for 1.0.
std::string normalized(const FieldType& type, const std::string& scalar);

// True when `scalar` is a value of the type.
bool is_valid(const FieldType& type, const std::string& scalar);

}  // namespace luqsim

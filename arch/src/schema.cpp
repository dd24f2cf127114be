#include <boost/json.hpp>

#include "luqsim/arch/architecture.h"

#include "fields.h"

namespace luqsim {
namespace {

namespace json = boost::json;

struct TypeSchema {
  json::object operator()(const IntegerType& t) const {
    return {{"type", "integer"}, {"minimum", t.min}, {"maximum", t.max}};
  }
  json::object operator()(const RealType& t) const {
    return {{"type", "number"}, {"minimum", t.min}, {"maximum", t.max}};
  }
  json::object operator()(const BooleanType&) const { return {{"type", "boolean"}}; }
  json::object operator()(const TextType&) const {
    return {{"type", "string"}, {"pattern", "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"}};
  }
  json::object operator()(const ChoiceType& t) const {
    return {{"type", "string"}, {"enum", json::array(t.names.begin(), t.names.end())}};
  }
};

json::object section() { return {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object{}}}; }

}  // namespace

std::string architecture_schema() {
  json::object root = section();
  root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  root["title"] = "luqsim architecture";
  json::object& top = root["properties"].as_object();
  top["extends"] = {
      {"type", "string"},
      {"description", "File, relative to this one, or the name of a bundled design, whose keys this one replaces"}};
  for (const Field& field : architecture_fields()) {
    json::object* properties = &top;
    std::string_view path = field.path;
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
      json::value& child = (*properties)[path.substr(0, dot)];
      if (child.is_null()) child = section();
      properties = &child.as_object()["properties"].as_object();
      path.remove_prefix(dot + 1);
    }
    json::object leaf = std::visit(TypeSchema{}, field.type);
    leaf["description"] = field.description;
    (*properties)[path] = std::move(leaf);
  }
  return json::serialize(root);
}

}  // namespace luqsim

#include "luqsim/input/yaml_document.h"

#include <sstream>

#include <yaml-cpp/eventhandler.h>

namespace luqsim {
namespace {

class IgnoredEvents final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// True when anything but comments follows the first document. Not by YAML::LoadAll: for ever, and into ever more
// memory, it finds empty documents before a comma at the start of a line.
bool has_more(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  IgnoredEvents events;
  parser.HandleNextDocument(events);
  return static_cast<bool>(parser);
}

}  // namespace

std::optional<YAML::Node> load_document(const std::string& text) {
  YAML::Node root = YAML::Load(text);
  return has_more(text) ? std::nullopt : std::optional(root);
}

}  // namespace luqsim

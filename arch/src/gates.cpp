#include "gates.h"

#include <stdexcept>

#include <yaml-cpp/yaml.h>

#include "gates_yaml.h"

namespace luqsim {
namespace {

using Parameters = std::map<std::string, int>;

struct Gates {
  double flip_flop = 0;
  std::map<std::pair<std::string, Parameters>, BlockGates> blocks;
};

Gates read() {
  Gates gates;
  const YAML::Node root = YAML::Load(gates_yaml);
  gates.flip_flop = root["flip_flop"].as<double>();
  for (const YAML::Node& node : root["blocks"])
    gates.blocks[{node["block"].as<std::string>(), node["parameters"].as<Parameters>()}] = {
        node["combinational"].as<double>(), node["sequential"].as<double>(), node["depth"].as<int>()};
  return gates;
}

const Gates& gates() {
  static const Gates read_once = read();
  return read_once;
}

}  // namespace

const BlockGates& block_gates(const std::string& block, const Parameters& parameters) {
  const auto found = gates().blocks.find({block, parameters});
  if (found != gates().blocks.end()) return found->second;
  std::string text = block;
  for (const auto& [name, value] : parameters) text += " " + name + "=" + std::to_string(value);
  throw std::logic_error("arch/area/gates.yaml has no block " + text);
}

double flip_flop_gates() { return gates().flip_flop; }

}  // namespace luqsim

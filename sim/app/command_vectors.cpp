#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "luqsim/program/whole_number.h"
#include "luqsim/vectors/vectors.h"

#include "commands.h"

namespace luqsim {
namespace {

template <NamedEnum Enum>
std::vector<std::string> names_of() {
  return {EnumNames<Enum>::names.begin(), EnumNames<Enum>::names.end()};
}

// An option that takes a list of an enumeration's names.
template <NamedEnum Enum>
void add_names(CLI::App& command, const std::string& option, std::vector<std::string>& names, const char* text) {
  command.add_option(option, names, text)
      ->delimiter(',')
      ->check(CLI::IsMember(names_of<Enum>()))
      ->capture_default_str();
}

template <NamedEnum Enum>
std::vector<Enum> values_of(const std::vector<std::string>& names) {
  std::vector<Enum> values;
  for (const std::string& name : names) values.push_back(*from_name<Enum>(name));
  return values;
}

// A kind of vectors: its subcommand, which writes a file.
CLI::App* add_kind(CLI::App& parent, const char* name, const char* text, VectorOptions& options,
                   const std::function<std::size_t()>& write) {
  CLI::App* command = parent.add_subcommand(name, text);
  command->add_option("-o,--output", options.output, "File to write (.safetensors)")->required();
  command->add_option("--cases", options.cases, "Random cases after the corner cases, for each configuration")
      ->check(CLI::Range(0U, 100000U))
      ->capture_default_str();
  command->add_option("--seed", options.seed, "Seed of the random cases and of the Philox streams")
      ->check(whole_number)
      ->capture_default_str();
  command->callback([&options, name, write] {
    try {
      const std::size_t cases = write();
      fmt::print("{}: {} cases\n", options.output.string(), cases);
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError(std::string("vectors ") + name, error.what());
    }
  });
  return command;
}

struct FormatOptions {
  VectorOptions common;
  std::vector<std::string> formats{"int4",     "uint4",    "fp4_e3m0", "fp4_e2m1", "fp7_e4m2",
                                   "fp8_e4m3", "fp8_e5m2", "e8m0",     "fp16",     "bf16"};
};

void add_format_kind(CLI::App& parent) {
  auto o = std::make_shared<FormatOptions>();
  CLI::App* command = add_kind(parent, "format", "Every code with its value, and inputs to encode", o->common,
                               [o] { return write_format_vectors(o->common, values_of<Format>(o->formats)); });
  add_names<Format>(*command, "--formats", o->formats, "Formats of at most 16 bits");
  command->footer("Example: luqsim vectors format --formats fp8_e4m3,fp16 -o formats.safetensors");
}

struct LuqOptions {
  VectorOptions common;
  std::vector<std::string> roundings{"luq"}, alphas{"max"};
  std::vector<int> top_exponents{6}, random_bits{16};
  std::vector<std::uint32_t> reuse{1};

  std::vector<LuqConfig> configs() const {
    std::vector<LuqConfig> all;
    for (const Rounding rounding : values_of<Rounding>(roundings))
      for (const Alpha alpha : values_of<Alpha>(alphas))
        for (const int top : top_exponents)
          for (const int bits : random_bits)
            for (const std::uint32_t steps : reuse) all.push_back({rounding, alpha, top, bits, steps});
    return all;
  }
};

void add_luq_kind(CLI::App& parent) {
  auto o = std::make_shared<LuqOptions>();
  CLI::App* command = add_kind(parent, "luq", "The LUQ quantizer; several values of an option: all combinations",
                               o->common, [o] { return write_luq_vectors(o->common, o->configs()); });
  add_names<Rounding>(*command, "--rounding", o->roundings, "Roundings");
  add_names<Alpha>(*command, "--alpha", o->alphas, "Units");
  command->add_option("--top-exponent", o->top_exponents, "E: 4, 6 or 7")->delimiter(',')->capture_default_str();
  command->add_option("--random-bits", o->random_bits, "B: 1 to 16")->delimiter(',')->capture_default_str();
  command->add_option("--reuse", o->reuse, "R: steps that share random numbers")->delimiter(',')->capture_default_str();
  command->footer("Example: luqsim vectors luq --rounding luq,rdnp,sr --random-bits 8,16 -o luq.safetensors");
}

struct SawbOptions {
  VectorOptions common;
  std::vector<std::string> formats{"int4", "uint4"};
  std::optional<double> c1, c2;

  std::vector<SawbConfig> configs() const {
    std::vector<SawbConfig> all;
    for (const Format format : values_of<Format>(formats)) {
      const SawbConfig fitted = fitted_sawb(format);
      all.push_back({format, c1.value_or(fitted.c1), c2.value_or(fitted.c2)});
    }
    return all;
  }
};

void add_sawb_kind(CLI::App& parent) {
  auto o = std::make_shared<SawbOptions>();
  CLI::App* command = add_kind(parent, "sawb", "The SAWB quantizer", o->common,
                               [o] { return write_sawb_vectors(o->common, o->configs()); });
  add_names<Format>(*command, "--formats", o->formats, "int4, uint4");
  command->add_option("--c1", o->c1, "clip = c1 rms(x) - c2 mean|x|; 12.035 for int4, 12.68 for uint4");
  command->add_option("--c2", o->c2, "clip = c1 rms(x) - c2 mean|x|; 12.03 for int4, 12.8 for uint4");
  command->footer("Example: luqsim vectors sawb --formats uint4 -o sawb.safetensors");
}

struct GemmOptions {
  VectorOptions common;
  std::vector<std::string> formats{"int4xint4", "uint4xint4", "fp4_e3m0xint4", "int4xfp4_e3m0", "uint4xfp4_e3m0"};
  std::vector<std::string> models = names_of<DotPreset>();

  std::vector<GemmFormats> pairs() const {
    std::vector<GemmFormats> all;
    for (const std::string& pair : formats) {
      const std::size_t cross = pair.find('x');
      const auto a = from_name<Format>(pair.substr(0, cross)),
                 b = from_name<Format>(cross == std::string::npos ? "" : pair.substr(cross + 1));
      if (!a || !b) throw std::invalid_argument("formats: " + pair + "; wanted two formats, as int4xfp4_e3m0");
      all.push_back({*a, *b});
    }
    return all;
  }
};

void add_gemm_kind(CLI::App& parent) {
  auto o = std::make_shared<GemmOptions>();
  CLI::App* command =
      add_kind(parent, "gemm", "Products of 4-bit matrices: exact, and as tensor cores sum them", o->common,
               [o] { return write_gemm_vectors(o->common, o->pairs(), values_of<DotPreset>(o->models)); });
  command->add_option("--formats", o->formats, "Formats of A and B, as int4xfp4_e3m0")
      ->delimiter(',')
      ->capture_default_str();
  add_names<DotPreset>(*command, "--models", o->models, "Tensor cores");
  command->footer("Example: luqsim vectors gemm --formats int4xfp4_e3m0 --models hopper_fp8 -o gemm.safetensors");
}

}  // namespace

void add_vectors_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("vectors", "Write stimuli and expected results, for kernels and hardware of your own");
  // Not require_subcommand(1): its error does not name the word that is no kind.
  command->require_subcommand(0, 1);
  command->callback([command] {
    if (command->get_subcommands().empty()) throw CLI::RequiredError("KIND, one of format, luq, sawb and gemm,");
  });
  command->footer(
      "luqsim vectors KIND --help shows a kind's options.\n"
      "Example: luqsim vectors luq --rounding luq,rdnp -o luq.safetensors");
  add_format_kind(*command);
  add_luq_kind(*command);
  add_sawb_kind(*command);
  add_gemm_kind(*command);
}

}  // namespace luqsim

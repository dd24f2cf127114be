// luqtrain: trains a recipe's network under one or more schemes and records traces. Wiring only.
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>
#include <numbers>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <malloc.h>
#include <omp.h>

#include "luqsim/program/bundled.h"
#include "luqsim/program/guarded.h"
#include "luqsim/program/interrupts.h"
#include "luqsim/program/progress_bar.h"
#include "luqsim/program/whole_number.h"
#include "luqsim/traces/write_file.h"

#include "choose_backend.h"
#include "images.h"
#include "input_error.h"
#include "revision.h"
#include "run_text.h"
#include "text.h"
#include "trainer.h"

namespace luqsim::train {
namespace {

struct Arguments {
  Options options;
  RecordOptions record;
  std::vector<Scheme> schemes{Scheme::luq};
  std::uint32_t seeds = 1;
  std::string images = "digits-images", labels = "digits-labels", text = "sentences";
  std::vector<std::filesystem::path> cifar;
  std::string losses;
  ProbeOptions probe;
  std::optional<AccumulatorKind> accumulator;
  BackendKind backend = BackendKind::cpu;
  int threads = 1;
  bool quiet = false;
};

// CLI11 converts enumerators from their numbers.
template <NamedEnum Enum>
CLI::Validator by_name() {
  return {[](std::string& text) {
            const std::optional<Enum> value = from_name<Enum>(text);
            if (!value) return fmt::format("{}; wanted one of {}", text, name_list<Enum>());
            text = std::to_string(static_cast<int>(*value));
            return std::string();
          },
          name_list<Enum>()};
}

CLI::Validator activation_format() {
  return {[](std::string& text) {
            const std::optional<Format> value = from_name<Format>(text);
            if (value != Format::int4 && value != Format::uint4) return text + "; wanted int4 or uint4";
            text = std::to_string(static_cast<int>(*value));
            return std::string();
          },
          "int4, uint4"};
}

// CLI::Range lets NaN through.
CLI::Validator number_in(double low, double high) {
  const std::string wanted = fmt::format("a number from {} to {}", low, high);
  return {[=](std::string& text) {
            double value = 0;
            const bool good = CLI::detail::lexical_cast(text, value) && value >= low && value <= high;
            return good ? std::string() : fmt::format("{}; wanted {}", text, wanted);
          },
          wanted};
}

void add_network_options(CLI::App& app, Options& o) {
  app.add_option("--network", o.network, "Network")->transform(by_name<NetworkKind>());
  app.add_option("--hidden", o.hidden, "Width of hidden linear layers")->check(CLI::Range(1, 65536));
  app.add_option("--hidden-layers", o.hidden_layers, "mlp: hidden layers")->check(CLI::Range(1, 64));
  app.add_option("--channels", o.channels, "cnn: channels of the first convolution")->check(CLI::Range(1, 4096));
  app.add_option("--context", o.context, "gpt: characters it sees at once")->check(CLI::Range(1, 4096));
  app.add_option("--width", o.width, "gpt: width between the blocks")->check(CLI::Range(1, 16384));
  app.add_option("--heads", o.heads, "gpt: attention heads, equal parts of the width")->check(CLI::Range(1, 1024));
  app.add_option("--blocks", o.blocks, "gpt: blocks of attention and two linear layers")->check(CLI::Range(1, 64));
  app.add_option("--steps-per-epoch", o.steps_per_epoch, "gpt: steps until the held-out text is read")
      ->check(CLI::Range(1, 1 << 24));
}

void add_training_options(CLI::App& app, Arguments& a) {
  Options& o = a.options;
  app.add_option("--batch", o.batch, "Images, or windows of a text, in a batch")->check(CLI::Range(1, 65536));
  app.add_option("--epochs", o.epochs, "Epochs")->check(CLI::Range(1, 10000));
  app.add_option("--rate", o.rate, "Learning rate, falling linearly to 0")->check(number_in(1e-30, 1e30));
  app.add_option("--momentum", o.momentum, "Momentum")->check(number_in(0, 0.9999));
  app.add_option("--decay", o.decay, "Weight decay")->check(number_in(0, 1e30));
  app.add_option("--seed", o.seed, "Seed of weights, order and random rounding")->check(whole_number);
  app.add_option("--activation", o.activation, "Format of inputs that a ReLU made: int4 or uint4")
      ->transform(activation_format());
  app.add_option("--fnt-epochs", o.fnt_epochs, "Epochs of fine-tuning after the others, their gradients in fp32")
      ->check(CLI::Range(0, 10000));
  app.add_option("--fnt-rate", o.fnt_rate, "Learning rate that fine-tuning rises to; --rate unless given")
      ->check(number_in(1e-30, 1e30));
  app.add_option("--random-bits", o.random_bits, "Bits of the random numbers that round gradients")
      ->check(CLI::Range(1, 16));
  app.add_option("--accumulator", a.accumulator, "Of the 4-bit GEMMs, cpu only; exact unless given")
      ->transform(by_name<AccumulatorKind>());
  app.add_flag("--first-in-4-bits", o.first_in_4_bits, "Quantize the first layer, too");
  app.add_flag("--last-in-4-bits", o.last_in_4_bits, "Quantize the last layer, too");
}

void add_run_options(CLI::App& app, Arguments& a) {
  app.add_option("--scheme", a.schemes, "Scheme; several are compared: fp32,luq")
      ->delimiter(',')
      ->transform(by_name<Scheme>());
  app.add_option("--seeds", a.seeds, "Runs of each scheme, with seeds from --seed up")->check(CLI::Range(1, 1000));
  app.add_option("--images", a.images, "IDX images");
  app.add_option("--labels", a.labels, "IDX labels");
  app.add_option("--cifar", a.cifar, "CIFAR-10 binary files, in place of IDX: data_batch_1.bin,...")->delimiter(',');
  app.add_option("--text", a.text, "gpt: the text to learn, any file");
  app.add_option("--threads", a.threads, "Threads; they change no result")->check(CLI::Range(1, 256));
  app.add_option("--backend", a.backend, "cpu, or cuda for a GPU; it changes no result")
      ->transform(by_name<BackendKind>());
  app.add_option("--losses", a.losses, "Write the loss of every step to this file, in hexadecimal");
  app.add_option("--probe", a.probe.file, "Write how far gradients are from those of an fp32 backward pass (CSV)");
  app.add_option("--probe-every", a.probe.every, "Compare them in every n-th step, from 0")
      ->check(CLI::Range(1, 1 << 24))
      ->needs("--probe");
  app.add_flag("--quiet", a.quiet, "Print final results only");
}

void add_record_options(CLI::App& app, RecordOptions& record) {
  app.add_option("--record", record.file, "Write the GEMMs of --record-steps to this trace, at the end of a whole run");
  app.add_option("--record-steps", record.steps, "Training steps to record, from 0")->delimiter(',')->needs("--record");
  app.add_option("--record-every", record.every, "Also record every n-th step, from 0")
      ->check(CLI::Range(1, 1 << 24))
      ->needs("--record");
  app.add_option("--record-layers", record.layers, "Layers to record; all 4-bit ones unless given")
      ->delimiter(',')
      ->needs("--record");
}

// In the order of --help.
void add_options(CLI::App& app, Arguments& a) {
  app.set_config("--recipe", "",
                 "Recipe (TOML): any of these options; a file, or a bundled one: digits-mlp, digits-cnn, char-gpt");
  app.allow_config_extras(CLI::config_extras_mode::error);
  add_network_options(app, a.options);
  add_training_options(app, a);
  add_run_options(app, a);
  add_record_options(app, a.record);
  app.footer(
      "Exit status: 0 done, 2 bad input (file, key or option named), 3 internal error, 130 interrupted.\n"
      "Example: luqtrain --recipe digits-mlp --scheme fp32,luq\n"
      "         luqtrain --recipe digits-mlp --record my.safetensors --record-steps 0,100\n"
      "         luqtrain --recipe char-gpt --text my.txt");
}

bool reads_text(const Arguments& a) { return a.options.network == NetworkKind::gpt; }

std::vector<std::filesystem::path> dataset_files(const Arguments& a) {
  constexpr const char* folder = "traces/train/data";
  if (reads_text(a)) return {find_bundled(a.text, folder, ".txt")};
  if (!a.cifar.empty()) return a.cifar;
  return {find_bundled(a.images, folder, ".idx3-ubyte"), find_bundled(a.labels, folder, ".idx1-ubyte")};
}

std::unique_ptr<Dataset> read_dataset(const Arguments& a) {
  const std::vector<std::filesystem::path> files = dataset_files(a);
  if (reads_text(a)) return std::make_unique<Text>(read_text(files[0]));
  if (!a.cifar.empty()) return std::make_unique<Images>(read_cifar(files));
  return std::make_unique<Images>(read_idx(files[0], files[1]));
}

struct DatasetNames {
  std::string kind, dataset;
};

DatasetNames dataset_names(const Arguments& a) {
  const auto file = [](const std::string& path) { return std::filesystem::path(path).filename().string(); };
  if (reads_text(a))
    return a.text == Arguments{}.text ? DatasetNames{"sentences", "generated sentences"}
                                      : DatasetNames{"text", file(a.text)};
  if (!a.cifar.empty()) return {"cifar", "CIFAR-10"};
  return a.images == Arguments{}.images ? DatasetNames{"digits", "UCI optical digits"}
                                        : DatasetNames{"images", file(a.images)};
}

double bits(double nats) { return nats / std::numbers::ln2; }

// What a run is judged by.
std::string held_out_text(const Arguments& a, const EpochResult& e) {
  std::string text = fmt::format("held out {:.2f}%", 100 * e.held_out_accuracy);
  if (reads_text(a)) text += fmt::format(", {:.3f} bits per character", bits(e.held_out_loss));
  return text;
}

std::string run_name(const Options& o, Scheme scheme) {
  std::string name(name_of(scheme));
  if (o.fnt_epochs > 0) name += fmt::format("+fnt{}", o.fnt_epochs);
  return name;
}

// The mean over runs, and how far they lie apart.
std::string summary(const std::vector<double>& runs, int digits, const char* unit) {
  const double count = static_cast<double>(runs.size());
  double mean = 0, square = 0;
  for (const double x : runs) mean += x / count;
  for (const double x : runs) square += (x - mean) * (x - mean);
  std::string text = fmt::format("{:6.{}f}{}", mean, digits, unit);
  if (runs.size() > 1)
    text += fmt::format("  (sample standard deviation {:.{}f} over {} seeds)", std::sqrt(square / (count - 1)), digits,
                        runs.size());
  return text;
}

// Of a trace that this run records on such a machine.
Provenance provenance(Provenance machine, const Arguments& a, Scheme scheme) {
  const std::time_t now = std::time(nullptr);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));
  const DatasetNames names = dataset_names(a);
  machine.network =
      fmt::format("{} {}, scheme {}", names.kind, name_of(a.options.network), run_name(a.options, scheme));
  machine.dataset = names.dataset;
  machine.date = date;
  machine.revision = revision;
  machine.seed = a.options.seed;
  return machine;
}

void stop_if_interrupted(const Arguments& a, const std::string& name, std::uint32_t step, std::uint32_t steps) {
  if (!Interrupts::requested() || step == steps) return;  // what is done is written
  std::vector<std::string> files;
  for (const std::string& file : {a.losses, a.probe.file})
    if (!file.empty()) files.push_back(file);
  throw Interrupted(fmt::format("{}: {} of {} steps are {}{}", name, step, steps,
                                files.empty() ? "done" : fmt::format("in {}", fmt::join(files, " and ")),
                                a.record.file.empty() ? "" : "; no trace was recorded"));
}

TrainResult run_once(const Arguments& a, const Options& options, Scheme scheme, const Dataset& dataset) {
  const auto [backend, machine] = choose_backend(a.backend, a.accumulator);
  std::optional<RunText> losses;  // one a line, in hexadecimal: equal files mean equal bits
  if (!a.losses.empty()) losses.emplace("--losses", a.losses);
  std::optional<Recorder> recorder;
  if (!a.record.file.empty()) recorder.emplace(a.record, provenance(machine, a, scheme));
  std::optional<Probe> probe;
  if (!a.probe.file.empty()) probe.emplace(a.probe);
  const auto write_texts = [&] {
    if (losses) losses->write();
    if (probe) probe->write();
  };
  const std::string name = fmt::format("{} seed {}", run_name(options, scheme), options.seed);
  TrainResult result;
  {
    ProgressBar bar;
    const Observer observer{[&](std::uint32_t step, std::uint32_t steps, float loss) {
                              if (losses) losses->add(fmt::format("{:a}\n", loss));
                              bar.show(step, steps, "steps");
                              stop_if_interrupted(a, name, step, steps);
                            },
                            [&](const EpochResult& e) {
                              if (a.quiet) return;
                              bar.clear();
                              fmt::print("{} epoch {:3}: loss {:.4f}, train {:.2f}%, {}\n", name, e.epoch, e.loss,
                                         100 * e.train_accuracy, held_out_text(a, e));
                              std::fflush(stdout);
                            }};
    try {
      result = train(*backend, options, scheme, dataset, recorder ? &*recorder : nullptr, observer,
                     probe ? &*probe : nullptr);
    } catch (...) {
      try {
        write_texts();  // of the steps up to there
      } catch (const InputError& e) {
        fmt::print(stderr, "luqtrain: {}\n", e.what());  // beside what the run failed of
      }
      throw;
    }
  }
  fmt::print("{}: {}, weights crc32 {:08x}\n", name, held_out_text(a, result.epochs.back()), result.weights_crc);
  if (recorder) {
    recorder->finish();
    fmt::print("recorded {}\n", a.record.file);
  }
  write_texts();
  return result;
}

// `recipe`: empty where there is none.
void check_outputs(const Arguments& a, const std::string& recipe) {
  std::vector<std::filesystem::path> inputs = dataset_files(a);
  inputs.emplace_back(recipe);
  for (const std::string& output : {a.record.file, a.losses, a.probe.file}) check_no_input(output, inputs);
}

void run(const Arguments& a) {
  if (a.accumulator && !a.record.file.empty())
    throw InputError("--accumulator with --record; wanted one of them: a trace has exact sums");
  for (const auto& [option, file] :
       {std::pair("--record", a.record.file), std::pair("--losses", a.losses), std::pair("--probe", a.probe.file)})
    if (!file.empty() && (a.schemes.size() > 1 || a.seeds > 1))
      throw InputError(fmt::format("{} takes one scheme and one seed", option));
  omp_set_num_threads(a.threads);
  const std::unique_ptr<Dataset> dataset = read_dataset(a);
  const Interrupts interrupts;
  std::vector<std::string> lines;
  for (const Scheme scheme : a.schemes) {
    std::vector<double> accuracies, held_out_bits;
    for (std::uint32_t i = 0; i < a.seeds; ++i) {
      Options options = a.options;
      options.seed += i;
      const EpochResult last = run_once(a, options, scheme, *dataset).epochs.back();
      accuracies.push_back(100 * last.held_out_accuracy);
      held_out_bits.push_back(bits(last.held_out_loss));
    }
    lines.push_back(fmt::format("{:10} held out {}", run_name(a.options, scheme), summary(accuracies, 2, "%")));
    if (reads_text(a))
      lines.push_back(fmt::format("{:10} held out {}", run_name(a.options, scheme),
                                  summary(held_out_bits, 3, " bits per character")));
  }
  if (a.schemes.size() > 1 || a.seeds > 1)
    for (const std::string& line : lines) fmt::print("{}\n", line);
}

int run_command_line(int argc, char** argv) {
  CLI::App app("Trains small networks in 4 bits and records their GEMMs", "luqtrain");
  app.set_version_flag("--version", "luqtrain " LUQSIM_VERSION, "Print the version and exit");
  Arguments arguments;
  add_options(app, arguments);
  // A bundled recipe's name becomes its path before CLI11 opens it.
  app.get_config_ptr()->type_name("RECIPE");
  app.get_config_ptr()->transform(
      [](const std::string& name) { return find_bundled(name, "configs/train", ".toml").string(); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ConfigError& e) {
    fmt::print(stderr, "luqtrain: recipe {}: {}; wanted keys that are options of --help\n",
               app.get_config_ptr()->as<std::string>(), e.what());
    return exit_bad_input;
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_ok : exit_bad_input;
  }
  check_outputs(arguments, app.get_config_ptr()->as<std::string>());
  run(arguments);
  return exit_ok;
}

}  // namespace
}  // namespace luqsim::train

int main(int argc, char** argv) {
  // Steps free and allocate the same large tensors: keep their pages instead of faulting them in again.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  return luqsim::guarded<luqsim::train::InputError, luqsim::TraceError>(
      "luqtrain", [&] { return luqsim::train::run_command_line(argc, argv); });
}

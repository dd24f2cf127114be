// What the database keeps of a sweep file, as text.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "luqsim/arch/sweep_file.h"

namespace luqsim::sweep {

std::string words(const std::vector<Metric>& metrics);        // "cycles,area_mm2"
std::string words(const std::vector<Objective>& objectives);  // "min cycles,max tera_ops"
std::string settings_json(const std::vector<DesignSetting>& settings);

// What the three made. Throw SweepError for anything else.
std::vector<Metric> metrics_of(const std::string& words);
std::vector<Objective> objectives_of(const std::string& words);
std::vector<std::pair<std::string, std::string>> settings_of(const std::string& json);

std::string workload_text(const SweepWorkload& workload);  // "resnet50 batch 4 fprop"

}  // namespace luqsim::sweep

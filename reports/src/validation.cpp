#include "luqsim/reports/validation.h"

#include <bit>
#include <numeric>
#include <sstream>

#include <boost/json.hpp>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <fmt/format.h>

#include "luqsim/traces/write_file.h"

namespace luqsim {
namespace {

namespace json = boost::json;

const char* name_of_checked(Checked what) {
  return what == Checked::scale ? "scale" : what == Checked::codes ? "codes" : "output";
}

// Bits, and the number that they are where they are a float's.
std::string bits_text(Checked what, std::uint32_t bits) {
  if (what == Checked::codes) return fmt::format("0x{:x}", bits);
  return fmt::format("0x{:08x} ({:.9g})", bits, std::bit_cast<float>(bits));
}

std::string difference_text(const Check& c) {
  if (!c.problem.empty()) return c.problem;
  const Mismatch& m = c.some.front();
  std::string text;
  if (c.what != Checked::scale)
    text += fmt::format("{} of {} differ, first [{}, {}]: ", c.mismatches, c.elements, m.row, m.col);
  if (m.input) text += fmt::format("x = {}, ", bits_text(Checked::output, std::bit_cast<std::uint32_t>(*m.input)));
  if (m.random) text += fmt::format("random 0x{:04x}, ", *m.random);
  return text + fmt::format("expected {}, found {}", bits_text(c.what, m.expected), bits_text(c.what, m.actual));
}

std::string names_text(const Explanation& explanation) {
  std::string text;
  for (const Hypothesis h : explanation) text += fmt::format("{}{}", text.empty() ? "" : " + ", name_of(h));
  return text.empty() ? "the specification" : text;
}

std::string diagnosis_text(const Diagnosis& d) {
  std::string text;
  for (const Explanation& explanation : d.explanations) {
    text += fmt::format("       {} {}: explained by {}\n", name_of_checked(d.what), d.tensor, names_text(explanation));
    for (const Hypothesis h : explanation) text += fmt::format("         {}\n", meaning(h));
  }
  if (d.explanations.empty())
    text += fmt::format("       {} {}: unexplained; closest is {}, which leaves {} differences\n",
                        name_of_checked(d.what), d.tensor, names_text(d.closest), d.left);
  return text;
}

// Without an output, and without a source that no record before it had: its codes may be anything.
bool compared_nothing(const ValidatedRecord& r) { return r.report.checks.empty(); }

struct Totals {
  std::uint64_t tensors = 0, elements = 0, mismatches = 0, bad_records = 0, empty_records = 0, unchecked = 0;
};

Totals totals(const std::vector<ValidatedRecord>& records) {
  Totals t;
  for (const ValidatedRecord& r : records) {
    t.tensors += r.report.checks.size();
    t.elements += r.report.elements();
    t.mismatches += r.report.mismatches();
    t.bad_records += r.report.mismatches() > 0 ? 1 : 0;
    t.empty_records += compared_nothing(r) ? 1 : 0;
    t.unchecked += r.report.unchecked.size();
  }
  return t;
}

std::string verdict(const Totals& t) {
  if (t.tensors == 0) return "nothing was compared";
  std::string text =
      t.mismatches == 0 ? "all bit-exact" : fmt::format("{} differ, in {} records", t.mismatches, t.bad_records);
  if (t.empty_records > 0) text += fmt::format("; nothing was compared in {} records", t.empty_records);
  return text;
}

json::object mismatch_json(const Mismatch& m) {
  json::object o{{"row", m.row}, {"col", m.col}, {"expected", m.expected}, {"actual", m.actual}};
  if (m.input) o["input"] = std::bit_cast<std::uint32_t>(*m.input);
  if (m.random) o["random"] = *m.random;
  return o;
}

json::array names_json(const Explanation& explanation) {
  json::array names;
  for (const Hypothesis h : explanation) names.push_back(json::string(name_of(h)));
  return names;
}

json::object diagnosis_json(const Diagnosis& d) {
  json::object o{{"tensor", d.tensor}, {"what", name_of_checked(d.what)}};
  json::array explanations;
  for (const Explanation& e : d.explanations) explanations.push_back(names_json(e));
  o["explanations"] = std::move(explanations);
  if (d.explanations.empty()) {
    o["closest"] = names_json(d.closest);
    o["left"] = d.left;
  }
  return o;
}

}  // namespace

std::string record_text(const ValidatedRecord& r) {
  const std::uint64_t mismatches = r.report.mismatches();
  const char* word = compared_nothing(r) ? "none  " : mismatches == 0 ? "ok    " : "DIFFER";
  std::string text = fmt::format("{} {:40} {:3} tensors {:12} elements", word, r.report.id, r.report.checks.size(),
                                 r.report.elements());
  if (compared_nothing(r)) text += ", nothing to recompute";
  if (!r.report.unchecked.empty()) text += fmt::format(", without source: {}", fmt::join(r.report.unchecked, ", "));
  text += "\n";
  for (const Check& c : r.report.checks)
    if (c.mismatches > 0)
      text += fmt::format("       {} {}: {}\n", name_of_checked(c.what), c.tensor, difference_text(c));
  for (const Diagnosis& d : r.diagnoses) text += diagnosis_text(d);
  return text;
}

std::string validation_summary(const std::vector<ValidatedRecord>& records) {
  const Totals t = totals(records);
  std::string text =
      fmt::format("{} records, {} tensors, {} elements: {}", records.size(), t.tensors, t.elements, verdict(t));
  if (t.unchecked > 0) text += fmt::format("; {} code tensors have no source to check them against", t.unchecked);
  return text + "\n";
}

std::string validation_json(const std::string& trace, const std::vector<ValidatedRecord>& records) {
  const Totals t = totals(records);
  json::array all;
  for (const ValidatedRecord& r : records) {
    json::array checks, diagnoses;
    for (const Check& c : r.report.checks) {
      json::object o{{"tensor", c.tensor},
                     {"what", name_of_checked(c.what)},
                     {"elements", c.elements},
                     {"mismatches", c.mismatches}};
      if (!c.problem.empty()) o["problem"] = c.problem;
      if (!c.some.empty()) o["first"] = mismatch_json(c.some.front());
      checks.push_back(std::move(o));
    }
    for (const Diagnosis& d : r.diagnoses) diagnoses.push_back(diagnosis_json(d));
    all.push_back(json::object{{"id", r.report.id},
                               {"checks", std::move(checks)},
                               {"checked_before", json::array(r.report.shared.begin(), r.report.shared.end())},
                               {"unchecked", json::array(r.report.unchecked.begin(), r.report.unchecked.end())},
                               {"diagnoses", std::move(diagnoses)}});
  }
  return json::serialize(json::object{{"schema", "luqsim-validation-1"},
                                      {"trace", trace},
                                      {"tensors", t.tensors},
                                      {"elements", t.elements},
                                      {"mismatches", t.mismatches},
                                      {"records", std::move(all)}});
}

void write_junit(const std::filesystem::path& file, const std::string& trace,
                 const std::vector<ValidatedRecord>& records) {
  boost::property_tree::ptree suite;
  suite.put("<xmlattr>.name", "luqsim validate " + trace);
  suite.put("<xmlattr>.tests", records.size());
  const Totals t = totals(records);
  suite.put("<xmlattr>.failures", t.bad_records);
  suite.put("<xmlattr>.skipped", t.empty_records);
  for (const ValidatedRecord& r : records) {
    boost::property_tree::ptree test;
    test.put("<xmlattr>.classname", "luqsim.validate");
    test.put("<xmlattr>.name", r.report.id);
    if (r.report.mismatches() > 0) {
      boost::property_tree::ptree failure(record_text(r));
      failure.put("<xmlattr>.message",
                  fmt::format("{} of {} elements differ", r.report.mismatches(), r.report.elements()));
      test.add_child("failure", failure);
    }
    if (compared_nothing(r)) test.put("skipped.<xmlattr>.message", "nothing to recompute");
    suite.add_child("testcase", test);
  }
  boost::property_tree::ptree root;
  root.add_child("testsuite", suite);
  std::ostringstream text;
  write_xml(text, root, boost::property_tree::xml_writer_make_settings<std::string>(' ', 1));
  write_file(file, text.str());
}

}  // namespace luqsim

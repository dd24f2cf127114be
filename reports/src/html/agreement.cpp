#include <algorithm>

#include <fmt/format.h>

#include "luqsim/reports/report.h"

#include "contents.h"
#include "table.h"
#include "text.h"

namespace luqsim {
namespace {

// Of a design, over all its records.
struct Agreement {
  std::uint64_t tensors = 0, differing = 0, elements = 0, mismatches = 0;
  std::uint64_t overflows = 0, max_ulp = 0, first_inexact_k = 0;
  std::optional<double> least_snr_db;
};

Agreement agreement_of(const RunResult& result) {
  Agreement a;
  for (const RecordResult& r : result.records) {
    a.overflows += r.overflows;
    a.max_ulp = std::max(a.max_ulp, r.output_errors.max_ulp);
    if (r.first_inexact_k > 0)
      a.first_inexact_k = a.first_inexact_k == 0 ? r.first_inexact_k : std::min(a.first_inexact_k, r.first_inexact_k);
    if (r.output_errors.snr_db)
      a.least_snr_db = std::min(a.least_snr_db.value_or(*r.output_errors.snr_db), *r.output_errors.snr_db);
    for (const TensorCheck& c : r.checks) {
      ++a.tensors;
      a.differing += c.mismatches > 0 ? 1 : 0;
      a.elements += c.elements;
      a.mismatches += c.mismatches;
    }
  }
  return a;
}

// Best where there is nothing to say.
void add_snr(Table& table, const std::optional<double>& snr_db) {
  if (snr_db)
    table.number(*snr_db, fmt::format("{:.1f}", *snr_db));
  else
    table.number(1e9, "");
}

void add_first_k(Table& table, std::uint64_t k) {
  if (k > 0)
    table.number(static_cast<double>(k), grouped(k));
  else
    table.number(1e18, "none");
}

// Zeros would say that something was verified.
void add_nothing_compared(Table& table) {
  table.number(0, "0");
  for (int column = 0; column < 7; ++column) table.number(0, "-");
}

void add_agreement(Table& table, const Agreement& a) {
  for (const std::uint64_t count : {a.tensors, a.differing, a.elements, a.mismatches, a.max_ulp})
    table.number(static_cast<double>(count), grouped(count));
  add_snr(table, a.least_snr_db);
  add_first_k(table, a.first_inexact_k);
  table.number(static_cast<double>(a.overflows), grouped(a.overflows));
}

void add_mismatch(Table& table, const std::string& label, const RecordResult& r, const TensorCheck& c) {
  table.row();
  table.name(label);
  table.cell(r.id);
  table.cell(c.tensor);
  table.number(static_cast<double>(c.mismatches), grouped(c.mismatches));
  table.number(static_cast<double>(c.elements), grouped(c.elements));
  const OutputErrors errors = c.tensor == "out" ? r.output_errors : OutputErrors{};
  table.number(static_cast<double>(errors.max_ulp), errors.max_ulp > 0 ? grouped(errors.max_ulp) : "");
  table.number(errors.mean_ulp, errors.max_ulp > 0 ? fmt::format("{:.3g}", errors.mean_ulp) : "");
  add_snr(table, errors.snr_db);
  add_first_k(table, c.tensor == "out" ? r.first_inexact_k : 0);
  table.cell(c.first_mismatch);
}

std::string mismatch_table(const Contents& contents) {
  Table table("mismatches", "Tensors that differ",
              {{"Design", "", false},
               {"Record", "", false},
               {"Tensor", "", false},
               {"Differing", "elements", true},
               {"Of", "elements", true},
               {"Largest error", "ulp", true},
               {"Mean error", "ulp", true},
               {"SNR", "dB", true},
               {"First inexact sum", "after K products", true},
               {"First difference", "bits in hexadecimal", false}},
              Table::Kind::sortable);
  std::size_t all = 0;
  for (std::size_t i = 0; i < contents.results.size(); ++i)
    for (const RecordResult& r : contents.results[i].records)
      for (const TensorCheck& c : r.checks)
        if (c.mismatches > 0 && ++all <= most_mismatch_rows) add_mismatch(table, contents.label(i), r, c);
  if (all == 0) return "";
  std::string note;
  if (all > most_mismatch_rows)
    note = fmt::format("<p class=\"note\">The first {} of {}; results.json has all.</p>", most_mismatch_rows,
                       grouped(all));
  return folded(fmt::format("{} tensors that differ", grouped(all)), note + table.html(false));
}

}  // namespace

std::string agreement_tables(const Contents& contents) {
  Table table("agreement-table", "Agreement",
              {{"Design", "", false},
               {"Compared", "tensors", true},
               {"Differing", "tensors", true},
               {"Compared", "elements", true},
               {"Differing", "elements", true},
               {"Largest error", "ulp of an output", true},
               {"Least SNR", "dB, of a record", true},
               {"First inexact sum", "after K products", true},
               {"Accumulator overflows", "", true}});
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    const Agreement a = agreement_of(contents.results[i]);
    table.row();
    table.name(contents.label(i), i);
    if (a.tensors == 0)
      add_nothing_compared(table);
    else
      add_agreement(table, a);
  }
  return table.html() + mismatch_table(contents);
}

}  // namespace luqsim

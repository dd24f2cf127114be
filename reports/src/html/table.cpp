#include "table.h"

#include <fmt/format.h>

#include "text.h"

namespace luqsim {

Table::Table(const std::string& id, const std::string& caption, std::vector<TableColumn> columns, Kind kind)
    : id_(id), caption_(caption), columns_(std::move(columns)), kind_(kind) {}

void Table::row(const std::vector<std::pair<std::string, std::string>>& data) {
  body_ += "\n<tr";
  for (const auto& [key, value] : data) body_ += fmt::format(" data-{}=\"{}\"", key, escaped(value));
  body_ += ">";
}

void Table::name(const std::string& text, std::optional<std::size_t> design) {
  const std::string swatch = design ? fmt::format("<span class=\"swatch\" data-design=\"{}\"></span>", *design) : "";
  body_ += fmt::format("<th scope=\"row\">{}{}</th>", swatch, escaped(text));
}

void Table::cell(const std::string& text, const std::string& style) {
  body_ += style.empty() ? "<td>" : fmt::format("<td class=\"{}\">", escaped(style));
  body_ += escaped(text) + "</td>";
}

void Table::number(double value, const std::string& text, bool best) {
  body_ += fmt::format("<td class=\"number{}\" data-value=\"{}\">{}{}</td>", best ? " best" : "", value, escaped(text),
                       best ? "<span class=\"for-readers\"> best</span>" : "");
}

void Table::best(const std::string& text, const std::string& style) {
  body_ += fmt::format("<td class=\"{} best\">{}<span class=\"for-readers\"> best</span></td>", escaped(style),
                       escaped(text));
}

std::string Table::html(bool whole) const {
  std::string head;
  for (const TableColumn& c : columns_) {
    const std::string title = kind_ == Kind::sortable
                                  ? fmt::format("<button type=\"button\">{}</button>", escaped(c.title))
                                  : escaped(c.title);
    head += fmt::format("<th scope=\"col\"{}>{}{}</th>", c.number ? " class=\"number\"" : "", title,
                        c.unit.empty() ? "" : "<small>" + escaped(c.unit) + "</small>");
  }
  return fmt::format(
      "<div class=\"scroll{}\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table{}{}>"
      "<caption class=\"for-readers\">{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>{}\n</tbody></table></div>\n",
      whole ? " whole" : "", escaped(caption_), id_.empty() ? "" : " id=\"" + escaped(id_) + "\"",
      kind_ == Kind::sortable ? " class=\"sortable\"" : "", escaped(caption_), head, body_);
}

}  // namespace luqsim

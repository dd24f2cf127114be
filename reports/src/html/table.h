// A table of the page, cell by cell. Everything that goes in is escaped here.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace luqsim {

struct TableColumn {
  std::string title, unit;
  bool number = false;
};

class Table {
 public:
  enum class Kind { plain, sortable };

  // `id` may be empty; `caption` is for those who hear the page.
  Table(const std::string& id, const std::string& caption, std::vector<TableColumn> columns, Kind kind = Kind::plain);

  // `data`: name and value of data attributes.
  void row(const std::vector<std::pair<std::string, std::string>>& data = {});
  // The row's name. `design`: index of the design whose colour stands before it.
  void name(const std::string& text, std::optional<std::size_t> design = {});
  void cell(const std::string& text, const std::string& style = "");
  // `text` is shown, `value` is sorted by.
  void number(double value, const std::string& text, bool best = false);
  void best(const std::string& text, const std::string& style);

  // In a box that scrolls and can be reached by the keyboard; `whole` shows all rows.
  std::string html(bool whole = true) const;

 private:
  std::string id_, caption_, body_;
  std::vector<TableColumn> columns_;
  Kind kind_;
};

}  // namespace luqsim

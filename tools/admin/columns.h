// A table of which people choose columns and order: its columns as data. Pure; any thread.
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "client/common/text.h"
#include "schema/model/clean_text.h"
#include "tools/admin/table_text.h"

namespace tilework::admin {

template <class Entry>
struct Column {
  std::string head;
  std::function<std::string(const Entry&)> text;  // printable
  std::function<double(const Entry&)> number{};   // what it is sorted by; none: the text
  bool wide = false;                              // shown on demand alone
};

// What `--sort` takes: the heads in lower case, with dashes for spaces.
std::string sort_name(const std::string& head);

template <class Entry>
std::vector<std::string> sort_names(std::span<const Column<Entry>> columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(sort_name(column.head));
  return names;
}

// By the column of that name: texts from A to Z, numbers from the greatest on. Equals keep their order.
template <class Entry>
void sort_by(std::vector<Entry>& list, std::span<const Column<Entry>> columns, const std::string& name) {
  for (const auto& column : columns) {
    if (sort_name(column.head) != name) continue;
    std::ranges::stable_sort(list, [&](const Entry& a, const Entry& b) {
      return column.number ? column.number(a) > column.number(b)
                           : natural_less(column.text(a), column.text(b));
    });
  }
}

template <class Entry>
std::string table_of(const std::vector<Entry>& list, std::span<const Column<Entry>> columns, bool wide) {
  std::vector<std::vector<std::string>> rows(1 + list.size());
  for (const auto& column : columns) {
    if (column.wide && !wide) continue;
    rows[0].push_back(column.head);
    for (std::size_t i = 0; i < list.size(); ++i) rows[i + 1].push_back(column.text(list[i]));
  }
  return cli::table(std::move(rows), wide ? any_length : cli::longest_cell);
}

}  // namespace tilework::admin

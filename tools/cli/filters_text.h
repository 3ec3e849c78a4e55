// Filters as tables, pages and JSON. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "schema/model/recipe.h"

namespace tilework::cli {

// A filter, and the library that it comes from.
struct ListedFilter {
  FilterDescription filter;
  std::string file;
  std::string digest;
};

// All of them, by group and name.
std::vector<ListedFilter> listed(const std::vector<PluginDescription>& plugins);

// Name, label, group, and a line for each parameter.
std::string filters_table(const std::vector<ListedFilter>& filters);

// What came, changed and went from one list to the other: a line each, as "+ edges 1.0.0 (edges.so)". Empty
// when both are the same.
std::string changes_text(const std::vector<ListedFilter>& before, const std::vector<ListedFilter>& after);

// All that there is to know about one.
std::string filter_page(const ListedFilter& listed);

nlohmann::json to_json(const ListedFilter& listed);

}  // namespace tilework::cli

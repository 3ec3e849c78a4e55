#include <iostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/cli/commands.h"
#include "tools/cli/filters_text.h"

namespace tilework::cli {
namespace {

using nlohmann::json;

const ListedFilter& find(const std::vector<ListedFilter>& all, const std::string& name) {
  std::vector<FilterDescription> filters;
  for (const auto& listed : all) filters.push_back(listed.filter);
  const auto& found = get_filter(filters, name);
  return all[static_cast<std::size_t>(&found - filters.data())];
}

std::string dump(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

ExitCode filters(const CommonOptions& common, const std::string& name, const std::stop_token& stop) {
  Cluster cluster(common, stop);
  const auto all = listed(cluster.session().filters().get());
  if (!name.empty()) {
    const auto& one = find(all, name);
    std::cout << (common.json ? dump(to_json(one)) : filter_page(one));
  } else if (common.json) {
    json document = json::array();
    for (const auto& listed : all) document.push_back(to_json(listed));
    std::cout << dump(document);
  } else {
    std::cout << filters_table(all);
    if (all.empty()) std::cerr << "The master has no filters; put plugins into its plugin folder.\n";
  }
  return success;
}

}  // namespace tilework::cli

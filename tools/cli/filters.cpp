#include <iostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "client/common/text.h"
#include "schema/model/error.h"
#include "tools/cli/commands.h"
#include "tools/cli/filters_text.h"

namespace tilework::cli {
namespace {

using nlohmann::json;

const ListedFilter& find(const std::vector<ListedFilter>& all, const std::string& name,
                         const std::vector<std::string>& withdrawn) {
  std::vector<FilterDescription> filters;
  for (const auto& listed : all) filters.push_back(listed.filter);
  const auto& found = get_filter(filters, name, withdrawn);
  return all[static_cast<std::size_t>(&found - filters.data())];
}

json to_json(const std::vector<ListedFilter>& filters) {
  json document = json::array();
  for (const auto& listed : filters) document.push_back(to_json(listed));
  return document;
}

void print_all(const std::vector<ListedFilter>& filters) {
  std::cout << filters_table(filters) << std::flush;
  if (filters.empty()) std::cerr << "The master has no filters; put plugins into its plugin folder.\n";
}

// Ends when nobody reads any more, or with the exception of a call that was cancelled, or of a master that is
// lost.
void follow(client::Session& session, FilterList list, bool as_json) {
  auto before = listed(list.plugins);
  while (std::cout) {
    list = session.filters(list.revision).get();
    auto after = listed(list.plugins);
    std::cout << (as_json ? json_text(to_json(after), -1) : changes_text(before, after)) << std::flush;
    before = std::move(after);
  }
}

}  // namespace

ExitCode filters(const CommonOptions& common, const std::string& name, bool watch,
                 const std::stop_token& stop) {
  if (watch && !name.empty()) throw UserError("--watch tells of all filters; leave " + name + " away");
  Cluster cluster(common, stop);
  const FilterList list = cluster.session().filters().get();
  const auto all = listed(list.plugins);
  if (!name.empty()) {
    const auto& one = find(all, name, list.withdrawn);
    std::cout << (common.json ? json_text(to_json(one)) : filter_page(one));
  } else if (common.json) {
    std::cout << json_text(to_json(all), watch ? -1 : 2) << std::flush;
  } else {
    print_all(all);
  }
  if (watch) follow(cluster.session(), list, common.json);
  return success;
}

}  // namespace tilework::cli

#include "tests/support/loaded_plugins.h"

#include <algorithm>
#include <stdexcept>

#include <dlfcn.h>

#include "server/engine/description.h"

namespace tilework::test {
namespace {

const TileworkPlugin& load(const std::filesystem::path& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  const auto function = reinterpret_cast<TileworkPluginFunction>(dlsym(library, TILEWORK_PLUGIN_SYMBOL));
  if (function == nullptr) throw std::runtime_error(file.string() + " is no plugin");
  const TileworkPlugin* plugin = function();
  if (plugin->abi != TILEWORK_ABI_NUMBER) throw std::runtime_error(file.string() + " has another ABI number");
  return *plugin;
}

}  // namespace

std::vector<LoadedFilter> load_filters(const std::filesystem::path& folder) {
  std::vector<LoadedFilter> filters;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".so") continue;
    const TileworkPlugin& plugin = load(entry.path());
    for (int i = 0; i < plugin.filter_count; ++i) {
      const TileworkFilter& table = plugin.filters[i];
      filters.push_back({entry.path().filename(), &table, engine::description_of(table)});
    }
  }
  std::ranges::sort(filters, {}, [](const LoadedFilter& filter) { return filter.description.name; });
  return filters;
}

const LoadedFilter& find_filter(const std::vector<LoadedFilter>& filters, const std::string& name) {
  for (const auto& filter : filters) {
    if (filter.description.name == name) return filter;
  }
  throw std::runtime_error("no plugin exports " + name);
}

}  // namespace tilework::test

// Libraries whose table says what can't be: each is built with one of these for HOSTILE_ACT.
#include <string>
#include <vector>

#include "filter_macro.h"

namespace {

HOSTILE_FILTER(Tabled, "hostile-tabled") {
  in.copyTo(out);
}

// What a function below returns lives as long as the library.
template <class Change>
const TileworkPlugin* changed(Change change) {
  static TileworkFilter filter = tilework::detail::filled_table<Tabled>();
  static TileworkPlugin plugin{TILEWORK_ABI_NUMBER, sizeof(TileworkPlugin), tilework::detail::opencv_version,
                               1, &filter};
  change(plugin, filter);
  return &plugin;
}

TileworkParameter parameter(const char* name) {
  return {name, "Label", "", "", TILEWORK_INT, 0, nullptr, 0, 1, 0, 1, {{0, 0, 0}}};
}

struct Acts {
  static const TileworkPlugin* nothing() { return nullptr; }
  static const TileworkPlugin* no_filters() {
    return changed([](auto& plugin, auto&) { plugin.filters = nullptr; });
  }
  static const TileworkPlugin* count_of_billions() {
    return changed([](auto& plugin, auto&) { plugin.filter_count = 0x7fffffff; });
  }
  static const TileworkPlugin* negative_count() {
    return changed([](auto& plugin, auto&) { plugin.filter_count = -1; });
  }
  static const TileworkPlugin* no_name() {
    return changed([](auto&, auto& filter) { filter.name = nullptr; });
  }
  static const TileworkPlugin* no_functions() {
    return changed([](auto&, auto& filter) { filter.create = nullptr, filter.apply = nullptr; });
  }
  static const TileworkPlugin* wild_pointers() {
    return changed([](auto&, auto& filter) { filter.label = reinterpret_cast<const char*>(16); });
  }
  static const TileworkPlugin* path_for_name() {
    return changed([](auto&, auto& filter) { filter.name = "../../../etc/cron.d/x"; });
  }
  static const TileworkPlugin* escapes_in_name() {
    return changed([](auto&, auto& filter) { filter.name = "a\n\x1b[31m\xe2\x80\xae\xff"; });
  }
  static const TileworkPlugin* name_of_another() {
    return changed([](auto&, auto& filter) { filter.name = "gaussian-blur"; });
  }
  static const TileworkPlugin* long_help() {
    static const std::string help(10 << 20, 'x');
    return changed([](auto&, auto& filter) { filter.help = help.c_str(); });
  }
  static const TileworkPlugin* many_parameters() {
    static std::vector<std::string> names;
    static std::vector<TileworkParameter> parameters;
    for (int i = 0; i < 10'000; ++i) names.push_back("parameter-" + std::to_string(i));
    for (const auto& name : names) parameters.push_back(parameter(name.c_str()));
    return changed([](auto&, auto& filter) {
      filter.parameters = parameters.data();
      filter.parameter_count = static_cast<std::int32_t>(parameters.size());
    });
  }
  static const TileworkPlugin* many_filters() {
    static std::vector<std::string> names;
    static std::vector<TileworkFilter> filters;
    for (int i = 0; i < 5'000; ++i) names.push_back("filter-" + std::to_string(i));
    for (const auto& name : names) {
      filters.push_back(tilework::detail::filled_table<Tabled>());
      filters.back().name = name.c_str();
    }
    return changed([](auto& plugin, auto&) {
      plugin.filters = filters.data();
      plugin.filter_count = static_cast<std::int32_t>(filters.size());
    });
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const TileworkPlugin* tilework_plugin() {
  return Acts::HOSTILE_ACT();
}

#include "tests/support/loaded_plugins.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <dlfcn.h>

#include "server/engine/plan.h"

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

template <class T>
bool equal(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return a == b || std::abs(a - b) <= 1e-5F * std::max(std::abs(a), std::abs(b));
  } else {
    return a == b;
  }
}

template <class T>
std::string first_difference(const cv::Mat& a, const cv::Mat& b) {
  long count = 0;
  std::ostringstream text;
  for (int y = 0; y < a.rows; ++y) {
    const T* row_a = a.ptr<T>(y);
    const T* row_b = b.ptr<T>(y);
    for (int i = 0; i < a.cols * a.channels(); ++i) {
      if (equal(row_a[i], row_b[i]) || ++count > 1) continue;
      text.precision(9);
      text << "first at x=" << i / a.channels() << " y=" << y << " channel " << i % a.channels() << ": "
           << +row_a[i] << " and " << +row_b[i];
    }
  }
  if (count > 0) text << ", " << count << " values in all";
  return text.str();
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

engine::BoundFilter bind(const LoadedFilter& filter, const std::map<std::string, Value>& arguments) {
  return {*filter.table, pack_arguments(filter.description, {filter.description.name, arguments})};
}

cv::Mat run_tiled(std::vector<engine::BoundFilter> filters, const cv::Mat& image, cv::Size tile) {
  const PixelFormat format = PixelFormat::of(image);
  const engine::Plan plan =
      engine::make_plan(image.size(), format, engine::describe_steps(filters, format), tile);
  engine::Chain chain(std::move(filters));
  return engine::run_plan(plan, chain, image);
}

cv::Mat run_whole(std::vector<engine::BoundFilter> filters, const cv::Mat& image) {
  return run_tiled(std::move(filters), image, image.size());
}

std::string difference(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) {
    std::ostringstream text;
    text << a.size() << " " << cv::typeToString(a.type()) << " and " << b.size() << " "
         << cv::typeToString(b.type());
    return text.str();
  }
  switch (a.depth()) {
    case CV_8U:
      return first_difference<std::uint8_t>(a, b);
    case CV_16U:
      return first_difference<std::uint16_t>(a, b);
    default:
      return first_difference<float>(a, b);
  }
}

}  // namespace tilework::test

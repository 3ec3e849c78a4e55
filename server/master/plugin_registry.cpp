#include "server/master/plugin_registry.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "schema/model/error.h"
#include "schema/transport/errors.h"
#include "schema/wire/recipe.h"

namespace tilework::master {
namespace {

constexpr auto scan_limit = 20 * kj::SECONDS;

}  // namespace

kj::Promise<void> PluginRegistry::scan() {
  plugins_.clear();
  paths_.clear();
  return scan_next(folder_.list(), 0);
}

kj::Promise<void> PluginRegistry::scan_next(std::vector<host::PluginFolder::File> files, std::size_t index) {
  if (index == files.size()) return kj::READY_NOW;
  auto scanned = scan_one(files[index]);
  return scanned.then(
      [this, files = std::move(files), index]() mutable { return scan_next(std::move(files), index + 1); });
}

kj::Promise<void> PluginRegistry::scan_one(const host::PluginFolder::File& file) {
  const auto refuse = [path = file.path](const std::string& reason) {
    spdlog::warn("plugin refused file={} reason=\"{}\"", path.string(), reason);
  };
  return pool_.acquire()
      .then([this, file, refuse](host::HostLease lease) {
        auto held = kj::heap<host::HostLease>(std::move(lease));
        auto& host = *held;
        auto request = host.process().client().scanRequest();
        request.setPath(file.path.string());
        request.setDigest(file.digest);
        return timer_.timeoutAfter(scan_limit, request.send())
            .then(
                [this, file, &host](auto&& answer) {
                  add({file.path.filename().string(), file.digest, wire::read(answer.getFilters())},
                      file.path);
                  host.give_back();
                },
                [&host, refuse](kj::Exception&& error) {
                  const bool said_no = error.getType() == kj::Exception::Type::FAILED;
                  const bool late = error.getType() == kj::Exception::Type::OVERLOADED;
                  refuse(said_no
                             ? transport::from_kj(error).what()
                             : (late ? "scanning it took too long" : "scanning it: " + host.process().end()));
                })
            .attach(kj::mv(held));
      })
      .catch_([refuse](kj::Exception&& error) { refuse(transport::from_kj(error).what()); });
}

void PluginRegistry::add(PluginDescription plugin, const std::string& path) {
  for (const auto& other : plugins_) {
    for (const auto& filter : plugin.filters) {
      if (std::ranges::find(other.filters, filter.name, &FilterDescription::name) == other.filters.end())
        continue;
      spdlog::warn("plugin refused file={} reason=\"{} already exports a filter {}\"", path, other.file,
                   filter.name);
      return;
    }
  }
  spdlog::info("plugin loaded file={} digest={} filters={}", plugin.file, plugin.digest.substr(0, 12),
               plugin.filters.size());
  plugins_.push_back(std::move(plugin));
  paths_.push_back(path);
}

BoundRecipe PluginRegistry::bind(const Recipe& recipe) const {
  std::vector<FilterDescription> all;
  std::vector<std::size_t> plugin_of;
  for (std::size_t i = 0; i < plugins_.size(); ++i) {
    for (const auto& filter : plugins_[i].filters) {
      all.push_back(filter);
      plugin_of.push_back(i);
    }
  }
  BoundRecipe bound;
  for (const auto& call : recipe) {
    const auto& filter = get_filter(all, call.filter);
    const std::size_t plugin = plugin_of[static_cast<std::size_t>(&filter - all.data())];
    bound.calls.push_back({filter.name, plugins_[plugin].digest, pack_arguments(filter, call)});
    bound.paths.push_back(paths_[plugin]);
  }
  return bound;
}

}  // namespace tilework::master

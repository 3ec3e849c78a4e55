// A plugin's library, loaded. For processes only that may crash, as filter hosts: this runs unknown code.
#pragma once

#include <string>
#include <vector>

#include <boost/dll/shared_library.hpp>
#include <kj/io.h>
#include <tilework/abi.h>

#include "schema/model/recipe.h"

namespace tilework::host {

// Loaded from a private copy of the file in memory, so that two versions of one file can be in use at once,
// and that a file which is written over doesn't change what runs. Never unloaded: a plugin may have started
// threads.
class PluginLibrary {
 public:
  // Throws UserError that says why the file is refused: unreadable, not the digest that was asked for (unless
  // `digest` is empty), no library, no plugin, another ABI number or OpenCV version, a filter that makes no
  // sense.
  PluginLibrary(const std::string& path, const std::string& digest);
  // The same of a file that is open for reading.
  PluginLibrary(kj::AutoCloseFd file, const std::string& digest);

  const std::vector<FilterDescription>& filters() const { return filters_; }

  // Throws UserError when the plugin has no filter of that name.
  const TileworkFilter& table(const std::string& filter) const;

 private:
  kj::AutoCloseFd copy_;
  boost::dll::shared_library library_;
  const TileworkPlugin* plugin_ = nullptr;
  std::vector<FilterDescription> filters_;
};

}  // namespace tilework::host

// Hostile acts are data: a name, by which README.md tells of it, and how it is done. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/hostile/siege.h"

namespace tilework::test {

struct Act {
  std::string name;
  std::string seen;  // words of what its maker sees, which README.md has too
  std::function<void(Siege&)> play;
  std::string kind = {};
};

std::vector<Act> all_acts();

// Of filters, at work.
std::vector<Act> filter_acts();
// Of libraries and other things in the plugin folder, while they are looked at.
std::vector<Act> library_acts();
// Of images' files.
std::vector<Act> file_acts();
// Of peers on the master's port, before and after they have signed in.
std::vector<Act> peer_acts();
// Of clients, and of strangers who would be administrators.
std::vector<Act> client_acts();
// Of those who say that they are workers.
std::vector<Act> worker_acts();

}  // namespace tilework::test

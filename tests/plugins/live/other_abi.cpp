// A plugin of another time.
#include <tilework/abi.h>

extern "C" [[gnu::visibility("default")]] const TileworkPlugin* tilework_plugin() {
  static const TileworkPlugin plugin{.abi = TILEWORK_ABI_NUMBER + 1,
                                     .size = sizeof(TileworkPlugin),
                                     .opencv = "4.6",
                                     .filter_count = 0,
                                     .filters = nullptr};
  return &plugin;
}

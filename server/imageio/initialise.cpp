#include "server/imageio/initialise.h"

#include <array>
#include <memory>
#include <string>

#include <vips/vips.h>

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

void discard(const char*, GLogLevelFlags, const char*, void*) {}

// Lets encoders take 16 rows at a time, and hold as many again: libvips's 128 are 25 MB of a slide, twice.
// There is no function for it, only the option of libvips's programs.
bool set_rows_at_a_time() {
  GOptionGroup* group = g_option_group_new("vips", "", "", nullptr, nullptr);
  vips_add_option_entries(group);
  const std::unique_ptr<GOptionContext, decltype(&g_option_context_free)> context(
      g_option_context_new(nullptr), &g_option_context_free);
  g_option_context_set_main_group(context.get(), group);
  std::string program = "tilework";
  std::string option = "--vips-tile-height=16";
  std::array<char*, 3> words{program.data(), option.data(), nullptr};
  char** arguments = words.data();
  int count = 2;
  return g_option_context_parse(context.get(), &count, &arguments, nullptr) == TRUE;
}

}  // namespace

void initialise(const char* program) {
  static const bool started = [program] {
    // What matters reaches the user as an exception.
    g_log_set_default_handler(discard, nullptr);
    if (VIPS_INIT(program) != 0 || !set_rows_at_a_time()) return false;
    g_log_set_handler("VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL), discard,
                      nullptr);
    vips_block_untrusted_set(TRUE);
    // An entry of the operation cache would keep a file open, and hand one job's half-read image to another.
    vips_cache_set_max(0);
    return true;
  }();
  if (!started) throw Error(Fault::failed, "the image library libvips could not be started");
}

}  // namespace tilework::imageio

#include "server/imageio/initialise.h"

#include <vips/vips.h>

#include "schema/model/error.h"

namespace tilework::imageio {
namespace {

void discard(const char*, GLogLevelFlags, const char*, void*) {}

}  // namespace

void initialise(const char* program) {
  static const bool started = [program] {
    // What matters reaches the user as an exception.
    g_log_set_default_handler(discard, nullptr);
    if (VIPS_INIT(program) != 0) return false;
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

#include "server/imageio/metadata/md5.h"

#include <memory>

#include <glib.h>

namespace tilework::imageio {

std::string md5(const std::string& bytes) {
  const std::unique_ptr<GChecksum, decltype(&g_checksum_free)> sum(g_checksum_new(G_CHECKSUM_MD5),
                                                                   g_checksum_free);
  g_checksum_update(sum.get(), reinterpret_cast<const guchar*>(bytes.data()),
                    static_cast<gssize>(bytes.size()));
  std::string digest(16, '\0');
  gsize size = digest.size();
  g_checksum_get_digest(sum.get(), reinterpret_cast<guint8*>(digest.data()), &size);
  return digest;
}

std::string md5_digits(const std::string& bytes) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : md5(bytes)) {
    const auto value = static_cast<unsigned char>(c);
    text += {digits[value >> 4], digits[value & 15]};
  }
  return text;
}

}  // namespace tilework::imageio

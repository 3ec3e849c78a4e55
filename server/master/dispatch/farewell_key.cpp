#include "server/master/dispatch/farewell_key.h"

#include <algorithm>

#include <sodium.h>

namespace tilework::master {

FarewellKey FarewellKey::make() {
  FarewellKey key;
  randombytes_buf(key.bytes_.data(), key.bytes_.size());
  return key;
}

FarewellKey FarewellKey::received(kj::ArrayPtr<const kj::byte> bytes) {
  FarewellKey key;
  if (bytes.size() != key.bytes_.size()) return make();
  std::ranges::copy(bytes, key.bytes_.begin());
  return key;
}

bool FarewellKey::equals(const FarewellKey& other) const {
  return sodium_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

}  // namespace tilework::master

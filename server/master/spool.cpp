#include "server/master/spool.h"

#include <utility>

#include "schema/transport/blob.h"

namespace tilework::master {
namespace {

constexpr std::uint64_t largest_in_memory = 2 << 20;  // bytes
constexpr std::uint64_t most_memory = 64
                                      << 20;  // bytes of all such files together; the others go to the folder

}  // namespace

Spool::Spool(std::string folder)
    : folder_(std::move(folder)), in_memory_(std::make_shared<std::atomic<std::uint64_t>>(0)) {}

std::shared_ptr<kj::AutoCloseFd> Spool::take(std::uint64_t bytes) {
  if (bytes > largest_in_memory || *in_memory_ + bytes > most_memory) {
    return std::make_shared<kj::AutoCloseFd>(transport::temporary_file(folder_));
  }
  auto file = std::make_unique<kj::AutoCloseFd>(transport::memory_file());
  *in_memory_ += bytes;
  return {file.release(), [bytes, count = in_memory_](kj::AutoCloseFd* ended) {
            delete ended;
            *count -= bytes;
          }};
}

}  // namespace tilework::master

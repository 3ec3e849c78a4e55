#include "server/master/spool.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/statvfs.h>

#include "schema/storage/storage_trouble.h"
#include "schema/transport/blob.h"

namespace tilework::master {
namespace {

constexpr std::uint64_t largest_in_memory = 2 << 20;  // bytes
constexpr std::uint64_t most_memory = 64
                                      << 20;  // bytes of all such files together; the others go to the folder

}  // namespace

Spool::Spool(std::string folder)
    : folder_(std::move(folder)), in_memory_(std::make_shared<std::atomic<std::uint64_t>>(0)) {}

void Spool::Promised::stored(std::uint64_t bytes) {
  const std::uint64_t left = all_ - std::min(bytes, all_);
  *sum_ -= left_ - std::min(left, left_);
  left_ = std::min(left, left_);
}

Spool::Promised Spool::promise(const std::string& what, std::uint64_t bytes) {
  struct statvfs room {};
  const bool is_known = ::statvfs(folder_.c_str(), &room) == 0;
  const std::uint64_t free = std::uint64_t{room.f_bavail} * room.f_frsize;
  if (is_known && bytes > largest_in_memory && bytes > free - std::min(free, *promised_)) {
    std::string trouble = storage_trouble(folder_, ENOSPC, bytes);
    if (*promised_ > 0) trouble += ", and other files are on their way there";
    fail(what, trouble);
  }
  return {promised_, bytes};
}

void Spool::fail(const std::string& what, const std::string& trouble) {
  throw Error(Fault::failed, "the master can't store " + what + ": " + trouble +
                                 "; another folder for its spool is named with --spool");
}

std::shared_ptr<kj::AutoCloseFd> Spool::take(const std::string& what, std::uint64_t bytes) {
  std::unique_ptr<kj::AutoCloseFd> file;
  const bool in_memory = bytes <= largest_in_memory && *in_memory_ + bytes <= most_memory;
  storing(what, [&] {
    file = std::make_unique<kj::AutoCloseFd>(in_memory ? transport::memory_file()
                                                       : transport::temporary_file(folder_));
  });
  if (!in_memory) return file;
  *in_memory_ += bytes;
  return {file.release(), [bytes, count = in_memory_](kj::AutoCloseFd* ended) {
            delete ended;
            *count -= bytes;
          }};
}

}  // namespace tilework::master

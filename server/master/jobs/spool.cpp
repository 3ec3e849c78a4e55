#include "server/master/jobs/spool.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "schema/storage/storage_trouble.h"
#include "schema/transport/blob.h"
#include "server/host/memory/passed_descriptor.h"

namespace tilework::master {
namespace {

constexpr std::uint64_t largest_in_memory = 2 << 20;  // bytes
// Bytes of all such files together; the others go to the folder.
constexpr std::uint64_t most_memory = 64 << 20;

// Bytes; all that there are where the system doesn't say.
std::uint64_t free_in(const std::string& folder) {
  struct statvfs room {};
  if (::statvfs(folder.c_str(), &room) != 0) return std::numeric_limits<std::uint64_t>::max();
  return std::uint64_t{room.f_bavail} * room.f_frsize;
}

std::uint64_t less(std::uint64_t from, std::uint64_t bytes) {
  return from - std::min(from, bytes);
}

}  // namespace

Spool::Spool(std::string folder, std::uint64_t most_bytes)
    : folder_(std::move(folder)),
      most_bytes_(most_bytes),
      in_memory_(std::make_shared<std::atomic<std::uint64_t>>(0)) {}

// What the files have on the disk by now. They have no names, so they are asked one by one.
std::uint64_t Spool::stored() {
  constexpr std::uint64_t block = 512;  // bytes, in stat(2)
  std::uint64_t sum = 0;
  std::erase_if(files_, [&](const auto& entry) {
    const auto file = entry.lock();
    struct stat info {};
    if (file && ::fstat(*file, &info) == 0) sum += block * static_cast<std::uint64_t>(info.st_blocks);
    return file == nullptr;
  });
  return sum;
}

void Spool::check_total(const std::string& what, std::uint64_t bytes) {
  if (most_bytes_ == 0) return;
  const std::uint64_t taken = stored() + *promised_;
  if (taken <= most_bytes_ && bytes <= most_bytes_ - taken) return;
  throw Error(Fault::failed, "the master can't store " + what + ": uploads, results and opened images take " +
                                 std::to_string(taken) + " bytes together, and may take " +
                                 std::to_string(most_bytes_) + " (--max-spool)");
}

void Spool::Promised::stored(std::uint64_t bytes) {
  const std::uint64_t left = all_ - std::min(bytes, all_);
  *sum_ -= left_ - std::min(left, left_);
  left_ = std::min(left, left_);
}

void Spool::check_share(const std::string& what, std::uint64_t bytes, std::uint64_t others) {
  std::uint64_t left = less(free_in(folder_), *promised_);
  if (most_bytes_ > 0) left = std::min(left, less(most_bytes_, stored() + *promised_));
  if (less(left, bytes) >= others) return;
  throw Error(Fault::failed,
              "the master can't store " + what + ": its client's other files take " + std::to_string(others) +
                  " bytes there, and of " + std::to_string(left) +
                  " that are left, as many are for their results and for other clients; wait " +
                  "for some of them to end");
}

Spool::Promised Spool::promise(const std::string& what, std::uint64_t bytes, std::uint64_t others) {
  const bool is_small = bytes <= largest_in_memory;
  if (!is_small) check_total(what, bytes);
  if (!is_small && bytes > less(free_in(folder_), *promised_)) {
    std::string trouble = storage_trouble(folder_, ENOSPC, bytes);
    if (*promised_ > 0) trouble += ", and other files are on their way there";
    fail(what, trouble);
  }
  if (others > (is_small ? most_memory : 0)) check_share(what, bytes, others);
  return {promised_, bytes};
}

void Spool::fail(const std::string& what, const std::string& trouble) {
  throw Error(Fault::failed, "the master can't store " + what + ": " + trouble +
                                 "; another folder for its spool is named with --spool");
}

std::shared_ptr<kj::AutoCloseFd> Spool::count(int descriptor) {
  auto file = std::make_shared<kj::AutoCloseFd>(host::duplicate(descriptor, "a file can't be counted"));
  if (most_bytes_ > 0) files_.push_back(file);
  return file;
}

std::shared_ptr<kj::AutoCloseFd> Spool::take(const std::string& what, std::uint64_t bytes) {
  std::unique_ptr<kj::AutoCloseFd> file;
  const bool in_memory = bytes <= largest_in_memory && *in_memory_ + bytes <= most_memory;
  if (!in_memory) check_total(what, 0);
  storing(what, [&] {
    file = std::make_unique<kj::AutoCloseFd>(in_memory ? transport::memory_file()
                                                       : transport::temporary_file(folder_));
  });
  if (!in_memory) {
    std::shared_ptr<kj::AutoCloseFd> stored = std::move(file);
    if (most_bytes_ > 0) files_.push_back(stored);
    return stored;
  }
  *in_memory_ += bytes;
  return {file.release(), [bytes, count = in_memory_](kj::AutoCloseFd* ended) {
            delete ended;
            *count -= bytes;
          }};
}

}  // namespace tilework::master

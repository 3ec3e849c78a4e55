#include "server/descriptors.h"

#include <algorithm>

#include <sys/resource.h>

#include "schema/model/error.h"
#include "server/logging/log.h"

namespace tilework::server {
namespace {

// Of any server: its log, what its event loop and its threads wait with, and what libraries open for a
// moment. 19 were counted in a master and 15 in a worker that had nothing to do.
constexpr std::uint64_t own = 32;
constexpr std::uint64_t own_at_least = 18;

// Of a master.
constexpr std::uint64_t for_worker = 3;   // its connection twice, and a slab that is being shared with it
constexpr std::uint64_t for_client = 17;  // its connection, uploads and results
constexpr std::uint64_t for_job = 33;     // a filter host, the files, and slabs of pixels: 15 were counted

// Of a worker.
constexpr std::uint64_t for_master = 36;  // connections, and the slabs of pixels that it shares
constexpr std::uint64_t for_master_at_least = 4;
constexpr std::uint64_t for_slot =
    34;  // a filter host, which is two, 16 slabs that wait, and those that masters still read
constexpr std::uint64_t for_slot_at_least = 3;

// More than any load needs that servers are made for, so that what was reckoned too low does no harm.
constexpr std::uint64_t plenty = 65536;

std::string count(std::uint64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string sentence(const DescriptorNeed& need, std::uint64_t number, std::uint64_t limit) {
  return "at most " + std::to_string(limit) + " file descriptors can be opened, and " +
         std::to_string(number) + " are needed for " + need.what +
         "; raise the hard limit (`ulimit -n`, or LimitNOFILE= in a unit of systemd), or allow for less";
}

// Answers with the limit that is in force then.
std::uint64_t raise_limit(std::uint64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::max<rlim_t>(before, std::min<rlim_t>(limit.rlim_max, wanted));
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace

DescriptorNeed need_of(const MasterLoad& load) {
  return {own_at_least + for_worker + for_client,
          own + for_worker * load.workers + for_client * load.clients + load.newcomers +
              for_job * load.running_jobs,
          count(load.workers, "worker") + ", " + count(load.clients, "client") + ", " +
              count(load.newcomers, "newcomer") + " and " + count(load.running_jobs, "job") +
              " at a time (--max-workers, --max-clients, --max-newcomers, --running-jobs)"};
}

DescriptorNeed need_of(const WorkerLoad& load) {
  return {own_at_least + for_master_at_least * load.masters + for_slot_at_least * load.slots,
          own + for_master * load.masters + for_slot * load.slots,
          count(load.slots, "slot") + " and " + count(load.masters, "master") + " (--slots, --master)"};
}

void provide_descriptors(const DescriptorNeed& need) {
  const std::uint64_t limit = raise_limit(std::max(need.full, plenty));
  if (limit < need.least) throw UserError(sentence(need, need.least, limit));
  if (limit < need.full) spdlog::warn("few file descriptors: {}", sentence(need, need.full, limit));
}

}  // namespace tilework::server

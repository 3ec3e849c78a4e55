#include "server/worker/usage.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

#include "schema/transport/machine.h"

namespace tilework::worker {
namespace {

const auto start = std::chrono::steady_clock::now();  // of this process, or near to it

void add(Usage& usage, const std::string& process) {
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  std::string line;
  std::getline(std::ifstream("/proc/" + process + "/stat"), line);
  // The name, in parentheses, may hold anything; the state and the numbers follow (proc(5)).
  std::istringstream fields(
      line.substr(line.rfind(')') == std::string::npos ? line.size() : line.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0, system = 0;
  fields >> user >> system;
  usage.cpu_microseconds += (user + system) * 1'000'000 / ticks;
  for (int field = 16; field < 24; ++field) fields >> skipped;
  std::uint64_t pages = 0;
  fields >> pages;
  usage.resident_bytes += pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Usage usage_now() {
  Usage usage;
  const std::string self = std::to_string(::getpid());
  add(usage, self);
  std::ifstream children("/proc/self/task/" + self + "/children");
  for (std::string child; children >> child;) add(usage, child);
  return usage;
}

void write_status(rpc::WorkerStatus::Builder to, const std::string& state) {
  const Usage usage = usage_now();
  to.setResidentBytes(usage.resident_bytes);
  to.setCpuMicroseconds(usage.cpu_microseconds);
  const auto up_time = std::chrono::steady_clock::now() - start;
  to.setUpSeconds(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(up_time).count()));
  to.setFreeDiskBytes(transport::free_bytes(state));
  const auto [open, limit] = transport::descriptor_use();
  to.setDescriptors(open);
  to.setDescriptorLimit(limit);
}

}  // namespace tilework::worker

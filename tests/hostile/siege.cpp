#include "tests/hostile/siege.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include <catch2/catch.hpp>

namespace tilework::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const std::vector<std::string> master_options{
    "--client-seconds",  "3",      "--heartbeat-seconds",  "3",      "--newcomer-seconds", "2",
    "--upload-seconds",  "1",      "--max-spool",          "512MiB", "--host-memory",      "256MiB",
    "--decoding-memory", "256MiB", "--max-decoder-memory", "256MiB"};
const std::vector<std::string> worker_options{"--slots",       "2",     "--segment-seconds", "2",
                                              "--host-memory", "256MiB"};

constexpr std::size_t mebibyte = 1 << 20;

constexpr std::size_t controllers = 3;  // that hosts have a cgroup of: memory, pids, cpu
constexpr std::size_t ending = 3;       // hosts whose cgroups are being removed

// What may be there beyond what was there before an act, and before the first one.
struct Room {
  std::size_t descriptors;  // the number of hosts that are kept varies, and each has some
  std::size_t slabs;
  std::size_t memory;   // bytes; the allocator keeps some of what was freed
  std::size_t peak;     // bytes, while it lasts
  std::size_t threads;  // those of pools, which grow to their size
  std::size_t hosts;    // they are kept for groups that may want them again, up to limits of the pools
  std::size_t log;      // bytes
};
constexpr Room after_one{32, 32, 64 * mebibyte, 512 * mebibyte, 16, 12, 256 << 10};
constexpr Room after_all{32, 32, 160 * mebibyte, 768 * mebibyte, 16, 12, 4 * mebibyte};

bool is_within(const ServerState& now, const ServerState& before, const Room& room) {
  return now.descriptors <= before.descriptors + room.descriptors && now.slabs <= before.slabs + room.slabs &&
         now.memory <= before.memory + room.memory && now.peak <= before.peak + room.peak &&
         now.threads <= before.threads + room.threads && now.hosts <= before.hosts + room.hosts &&
         now.strange == 0 && now.cgroups <= controllers * (now.hosts + ending) &&
         now.log <= before.log + room.log;
}

// Throws when a log has a line that its server didn't begin, or what can't be seen.
void look_through(const std::string& log) {
  const auto is_hidden = [](unsigned char byte) { return (byte < 0x20 && byte != '\n') || byte == 0x7f; };
  if (std::ranges::any_of(log, is_hidden) || log.find("\u202e") != std::string::npos)
    throw std::runtime_error("there is something hidden in the log: " + log);
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("time=20")) throw std::runtime_error("a line of nobody's in the log: " + line);
  }
}

}  // namespace

Siege::Siege() : cluster_(2, master_options, worker_options) {
  fs::create_directory(cluster_.folder().path() / "acts");
  honest_ = {made("png", {Depth::u8, 3}, {{"gaussian-blur", {}}, {"sharpen", {}}}),
             made("tiff", {Depth::u16, 3}, {{"equalize", {}}, {"gaussian-blur", {}}}),
             made("bmp", {Depth::u8, 3}, {{"invert", {}}, {"sharpen", {}}})};
  for (int round = 0; round < 2; ++round) {
    for (const auto& honest : honest_) work(honest);
  }
  first_ = states();
}

Siege::Honest Siege::made(const std::string& extension, const PixelFormat& format, const Recipe& recipe) {
  const std::string image = cluster_.folder().file("honest." + extension);
  const std::string reference = cluster_.folder().file("reference." + extension);
  write_photo(image, {1200, 900}, 7, format);
  run_reference(image, reference, recipe);
  std::vector<std::string> filters;
  for (const auto& call : recipe) filters.push_back(call.filter);
  return {image, filters, bytes_of_file(reference)};
}

Process Siege::begin(const Honest& honest, const std::string& result) {
  std::vector<std::string> words{
      program("tilework"), "apply",           honest.image, "-o", result, "-q", "--tile", "256",
      "--master",          cluster_.address()};
  for (const auto& filter : honest.filters) words.insert(words.end(), {"-f", filter});
  return Process(words, result + "-log");
}

void Siege::end(Process& job, const Honest& honest, const std::string& result) {
  const int code = job.wait();
  INFO(job.errors());
  CHECK(code == 0);
  CHECK((bytes_of_file(result) == honest.reference));
  fs::remove(result);
}

void Siege::work(const Honest& honest) {
  const std::string result = cluster_.folder().file("after" + fs::path(honest.image).extension().string());
  auto job = begin(honest, result);
  end(job, honest, result);
}

void Siege::endure(const std::function<void(Siege&)>& act) {
  for (const Process* server : servers()) forget_peak(server->pid());
  const auto before = states();
  log_began_ = before.front().log;
  ++acts_;
  const auto& beside = honest_.at(next_++ % honest_.size());
  const auto& after = honest_.at(next_ % honest_.size());
  const std::string result = cluster_.folder().file("beside" + fs::path(beside.image).extension().string());
  auto job = begin(beside, result);
  act(*this);
  end(job, beside, result);
  work(after);
  check_servers(before);
  fs::remove_all(file(""));
  fs::create_directory(cluster_.folder().path() / "acts");
}

void Siege::apply(const std::string& image, const std::string& filter, const Seen& seen,
                  const std::vector<std::string>& options) {
  const std::string result = file("result.tiff");
  std::vector<std::string> words{"apply", image, "-f", filter, "-o", result};
  words.insert(words.end(), options.begin(), options.end());
  const auto done = cluster_.tilework(words);
  INFO(done.errors.substr(0, 4000));
  CHECK(done.code == seen.code);
  CHECK_THAT(done.errors, Catch::Contains(seen.words));
  CHECK(fs::exists(result) == (seen.code == 0));
}

std::string Siege::summary() {
  std::string text = std::to_string(acts_) + " acts; the master and its workers before and after:\n";
  const auto last = states();
  for (std::size_t i = 0; i < last.size(); ++i)
    text += "  " + text_of(first_[i]) + "\n  " + text_of(last[i]) + "\n";
  return text;
}

bool Siege::master_says(const std::string& words) {
  return cluster_.master().errors().find(words, log_began_) != std::string::npos;
}

std::vector<Process*> Siege::servers() {
  std::vector<Process*> found{&cluster_.master()};
  for (std::size_t i = 0; i < cluster_.workers(); ++i) found.push_back(&cluster_.worker(i));
  return found;
}

std::vector<ServerState> Siege::states() {
  std::vector<ServerState> found;
  for (const Process* server : servers()) found.push_back(state_of(server->pid()));
  return found;
}

// What was ended takes the kernel and the servers a while to put away.
void Siege::check_servers(const std::vector<ServerState>& before) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(servers()[i]->running());
    CHECK_NOTHROW(look_through(servers()[i]->errors().substr(before[i].log)));
  }
  CHECK(cluster_.joined() == 2);
  std::vector<ServerState> now;
  const auto as_before = [&] {
    now = states();
    bool all = true;
    for (std::size_t i = 0; i < now.size(); ++i) {
      all = all && is_within(now[i], before[i], after_one) && is_within(now[i], first_[i], after_all);
    }
    return all;
  };
  try {
    wait_until("the servers to be as before", as_before, 10s);
  } catch (const std::exception&) {
    for (std::size_t i = 0; i < now.size(); ++i) {
      UNSCOPED_INFO(text_of(first_[i])
                    << "\n  before: " << text_of(before[i]) << "\n  after:  " << text_of(now[i]));
    }
    CHECK(as_before());
  }
}

}  // namespace tilework::test

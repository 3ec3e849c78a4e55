#include "tests/integration/cluster.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "schema/transport/endpoint.h"
#include "server/imageio/file_format.h"
#include "server/imageio/initialise.h"
#include "server/imageio/sink.h"
#include "server/imageio/source.h"
#include "tests/support/images.h"
#include "tests/support/loaded_plugins.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

void link_plugins(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.path().extension() == ".so") fs::create_symlink(entry.path(), to / entry.path().filename());
  }
}

}  // namespace

std::string program(const std::string& name) {
  return std::string(TILEWORK_BIN_DIR) + "/" + name;
}

// A look costs little.
void wait_until(const std::string& what, const std::function<bool()>& condition,
                std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited too long for " + what);
    std::this_thread::sleep_for(2ms);
  }
}

void wait_for_log(const Process& process, const std::string& words) {
  wait_until("the words " + words, [&] { return process.errors().find(words) != std::string::npos; });
}

Cluster::Cluster(unsigned workers, const std::vector<std::string>& master_options,
                 const std::vector<std::string>& worker_options, unsigned master_descriptors,
                 const std::function<std::vector<std::string>(TempDir&)>& inside)
    : master_options_(master_options),
      worker_options_(worker_options),
      master_descriptors_(master_descriptors) {
  fs::create_directory(folder_.path() / "plugins");
  fs::create_directory(folder_.path() / "spool");
  link_plugins(TILEWORK_PLUGIN_DIR, folder_.path() / "plugins");
  link_plugins(TILEWORK_TEST_PLUGIN_DIR, folder_.path() / "plugins");
  if (inside) inside_ = inside(folder_);
  start_master();
  for (unsigned i = 0; i < workers; ++i) start_worker();
}

Process& Cluster::start_master() {
  const std::string name = "master-" + std::to_string(masters_.size());
  std::vector<std::string> command{program("tilework-server"),
                                   "master",
                                   "--listen",
                                   "127.0.0.1:0",
                                   "--plugins",
                                   folder_.file("plugins"),
                                   "--spool",
                                   folder_.file("spool"),
                                   "--state",
                                   folder_.file("state"),
                                   "--ready-file",
                                   folder_.file(name + ".ready")};
  command.insert(command.end(), master_options_.begin(), master_options_.end());
  if (master_descriptors_ > 0) command = with_descriptors(master_descriptors_, command);
  command.insert(command.begin(), inside_.begin(), inside_.end());
  auto& master = masters_.emplace_back(command, folder_.path() / name);
  std::string address;
  wait_until("the master", [&] {
    if (!master.running()) throw std::runtime_error("the master ended: " + master.errors());
    return static_cast<bool>(std::getline(std::ifstream(folder_.file(name + ".ready")), address));
  });
  addresses_.push_back(address);
  return master;
}

std::string Cluster::masters() const {
  std::string text;
  for (const auto& address : addresses_) text += (text.empty() ? "" : ",") + address;
  return text;
}

Process& Cluster::start_worker(const std::vector<std::string>& options) {
  std::vector<std::size_t> before;
  for (std::size_t i = 0; i < masters_.size(); ++i) before.push_back(joined(i));
  std::map<std::string, std::string> chosen{{"--master", masters()},
                                            {"--slots", "1"},
                                            {"--plugins", folder_.file("plugins")},
                                            {"--state", folder_.file("state")}};
  std::vector<std::string> more = worker_options_;
  more.insert(more.end(), options.begin(), options.end());
  for (std::size_t i = 0; i + 1 < more.size(); i += 2) chosen[more[i]] = more[i + 1];
  std::vector<std::string> command{program("tilework-server"), "worker"};
  for (const auto& [name, value] : chosen) command.insert(command.end(), {name, value});
  workers_.emplace_back(command, folder_.path() / ("worker-" + std::to_string(workers_.size())));
  for (std::size_t i = 0; i < masters_.size(); ++i) wait_for_workers(before[i] + 1, i);
  return workers_.back();
}

std::size_t Cluster::joined(std::size_t master) {
  return client::Session({transport::parse_endpoint(addresses_.at(master))}).status().get().workers.size();
}

void Cluster::wait_for_workers(std::size_t count, std::size_t master) {
  client::Session session({transport::parse_endpoint(addresses_.at(master))});
  wait_until(std::to_string(count) + " workers",
             [&] { return session.status().get().workers.size() == count; });
}

void Cluster::wait_for_segments(std::uint64_t count) {
  client::Session session({transport::parse_endpoint(address())});
  wait_until(std::to_string(count) + " segments", [&] {
    std::uint64_t done = 0;
    for (const auto& worker : session.status().get().workers) done += worker.segments_done;
    return done >= count;
  });
}

Finished Cluster::tilework(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program("tilework"));
  arguments.insert(arguments.end(), {"--master", address()});
  return run(arguments, folder_.path() / ("tilework-" + std::to_string(++logs_)));
}

std::vector<std::string> Cluster::admin_command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), program("tilework-admin"));
  arguments.insert(arguments.end(),
                   {"--master", address(), "--token-file", folder_.file("state/admin-token")});
  return arguments;
}

Finished Cluster::admin(std::vector<std::string> arguments) {
  return run(admin_command(std::move(arguments)), folder_.path() / ("admin-" + std::to_string(++logs_)));
}

client::Session Cluster::session() const {
  return client::Session(transport::parse_endpoints(masters()));
}

TwoMasters::TwoMasters() : Cluster(0) {
  start_master();
  start_worker();
  start_worker();
  const auto addresses = transport::parse_endpoints(masters());
  first = addresses.at(0).text();
  second = addresses.at(1).text();
}

void run_reference(const std::string& input, const std::string& output, const Recipe& recipe) {
  imageio::initialise("test");
  static const auto filters = load_filters(TILEWORK_PLUGIN_DIR);
  imageio::Source source(input, input, {});
  cv::Mat image(source.info().size, source.info().format.cv_type());
  source.read(image);
  std::vector<engine::BoundFilter> chain;
  for (const auto& call : recipe) chain.push_back(bind(find_filter(filters, call.filter), call.arguments));
  const cv::Mat result = run_whole(std::move(chain), image);

  const int fd = ::open(output.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  {
    imageio::Sink sink(fd, result.size(), PixelFormat::of(result), source.metadata(),
                       {imageio::format_of_extension(output), 95});
    sink.write(result);
    sink.finish();
  }
  ::close(fd);
}

void write_photo(const std::string& path, cv::Size size, unsigned seed, PixelFormat format) {
  imageio::initialise("test");
  cv::RNG random(seed);
  const cv::Mat image = make_image(Scene::photo, size, format, random);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  {
    imageio::Sink sink(fd, size, format, {}, {imageio::format_of_extension(path), 90});
    sink.write(image);
    sink.finish();
  }
  ::close(fd);
}

std::string difference_of_files(const std::string& a, const std::string& b) {
  const std::string left = bytes_of_file(a);
  const std::string right = bytes_of_file(b);
  if (left == right) return {};
  const auto at = std::ranges::mismatch(left, right).in1 - left.begin();
  return std::to_string(left.size()) + " and " + std::to_string(right.size()) +
         " bytes, which differ from byte " + std::to_string(at);
}

std::string bytes_of_file(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

}  // namespace tilework::test

#include "tests/integration/live_plugins.h"

#include <fstream>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

namespace tilework::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* marker = "tilework-test-version:";

const PluginDescription* find(const FilterList& list, const std::string& filter) {
  for (const auto& plugin : list.plugins) {
    for (const auto& one : plugin.filters) {
      if (one.name == filter) return &plugin;
    }
  }
  return nullptr;
}

client::JobSpec version_spec(Cluster& cluster, const std::string& name, int milliseconds) {
  const std::string image = cluster.folder().file("photo.png");
  if (!fs::exists(image)) cv::imwrite(image, cv::Mat::zeros(300, 400, CV_8UC3));
  client::JobSpec spec;
  spec.input = image;
  spec.output = cluster.folder().file("version-" + name + ".png");
  spec.name = "photo.png";
  spec.recipe = {{"test-version", {{"milliseconds", static_cast<double>(milliseconds)}}}};
  spec.format = "png";
  spec.tile_width = spec.tile_height = 50;
  return spec;
}

void add_descriptors(Usage& usage, const fs::path& folder) {
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); entry != fs::directory_iterator(); ++entry) {
    const bool is_slab =
        fs::read_symlink(entry->path(), error).string().find("tilework-slab") != std::string::npos;
    ++(is_slab ? usage.slabs : usage.descriptors);
  }
}

void add(Usage& usage, const std::string& process) {
  ++usage.processes;
  add_descriptors(usage, "/proc/" + process + "/fd");
  std::ifstream maps("/proc/" + process + "/maps");
  std::set<std::string> libraries;  // by inode: each is mapped in several pieces
  for (std::string line; std::getline(maps, line);) {
    if (line.find("tilework-plugin") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string range, flags, offset, device, inode;
    fields >> range >> flags >> offset >> device >> inode;
    libraries.insert(inode);
  }
  usage.libraries += libraries.size();
  std::ifstream children("/proc/" + process + "/task/" + process + "/children");
  for (std::string child; children >> child;) add(usage, child);
}

}  // namespace

fs::path live_plugin(const std::string& name) {
  return fs::path(TILEWORK_LIVE_PLUGIN_DIR) / ("test_" + name + ".so");
}

fs::path plugin_folder(Cluster& cluster) {
  return cluster.folder().path() / "plugins";
}

std::string version_bytes(int number) {
  std::string bytes = bytes_of_file(live_plugin("version"));
  const auto at = bytes.find(marker);
  REQUIRE(at != std::string::npos);
  std::string digits = std::to_string(1000 + number).substr(1);
  return bytes.replace(at + std::string(marker).size(), 3, digits);
}

fs::path version_file(Cluster& cluster) {
  return plugin_folder(cluster) / "version.so";
}

void write_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

void put_version(Cluster& cluster, int number) {
  const auto partial = cluster.folder().path() / "version.partial";
  write_bytes(partial, version_bytes(number));
  fs::rename(partial, version_file(cluster));
}

FilterList wait_for_offer(client::Session& session, const std::function<bool(const FilterList&)>& wanted) {
  FilterList list = session.filters().get();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  while (!wanted(list)) {
    auto next = session.filters(list.revision);
    if (next.wait_until(deadline) != std::future_status::ready) {
      throw std::runtime_error("waited too long for a change of the filters");
    }
    list = next.get();
  }
  return list;
}

FilterList wait_for_version(client::Session& session) {
  return wait_for_offer(session, [](const FilterList& list) { return offers(list, "test-version"); });
}

bool offers(const FilterList& list, const std::string& filter) {
  return find(list, filter) != nullptr;
}

std::string digest_of(const FilterList& list) {
  const auto* plugin = find(list, "test-version");
  return plugin ? plugin->digest : "";
}

std::string file_of(const FilterList& list) {
  const auto* plugin = find(list, "test-version");
  return plugin ? plugin->file : "";
}

bool says(Cluster& cluster, const std::string& text) {
  return cluster.master().errors().find(text) != std::string::npos;
}

std::string line_of(Cluster& cluster, const std::string& text) {
  std::istringstream log(cluster.master().errors());
  std::string found;
  for (std::string line; std::getline(log, line);) {
    if (line.find(text) != std::string::npos) found = line;
  }
  return found;
}

VersionJob::VersionJob(client::Session& session, Cluster& cluster, const std::string& name,
                       int milliseconds) {
  const auto spec = version_spec(cluster, name, milliseconds);
  output_ = spec.output;
  client::JobObserver observer;
  observer.progressed = [state = state_](const JobProgress& progress) {
    if (progress.segments_done >= 4 && !state->told.exchange(true)) state->under_way.set_value();
  };
  future_ = session.apply(spec, observer);
}

std::string VersionJob::outcome() {
  result_ = future_.get();
  return output_;
}

std::string run_version(client::Session& session, Cluster& cluster) {
  VersionJob job(session, cluster, "at-once", 0);
  return job.outcome();
}

int added_by(const std::string& file) {
  const cv::Mat image = cv::imread(file);
  REQUIRE(!image.empty());
  double low = 0, high = 0;
  cv::minMaxLoc(image.reshape(1), &low, &high);
  CHECK(low == high);
  return static_cast<int>(low);
}

Usage usage_of(Cluster& cluster) {
  Usage usage;
  add(usage, std::to_string(cluster.master().pid()));
  for (std::size_t i = 0; i < cluster.workers(); ++i) add(usage, std::to_string(cluster.worker(i).pid()));
  return usage;
}

}  // namespace tilework::test

// Filters of tests/hostile/plugins, each on an image of its maker's.
#include <algorithm>
#include <array>
#include <filesystem>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "tests/hostile/act.h"

namespace tilework::test {
namespace {

struct Row {
  const char* name;  // of the act; the filter's is "hostile-" before it
  const char* words;
  int code = 4;
  std::string (*word)(Siege&) = nullptr;  // that the filter finds in its pixels
  const char* extension = ".png";
  const char* options = "";  // behind the filter's name
};

constexpr const char* not_permitted = "refused: Operation not permitted";
constexpr const char* denied = "refused: Permission denied";
constexpr const char* started = "it tried to start a process";

std::string token(Siege& siege) {
  return siege.cluster().token_file();
}
std::string secret(Siege& siege) {
  return siege.cluster().folder().file("state/join-secret");
}
std::string spool(Siege& siege) {
  return siege.cluster().folder().file("honest.png");
}
std::string log(Siege& siege) {
  return siege.cluster().folder().file("worker-0.err");
}
std::string port(Siege& siege) {
  const std::string address = siege.cluster().address();
  return address.substr(address.find(':') + 1);
}
std::string folder_of_other_host(Siege& siege) {
  const auto hosts = hosts_of(siege.cluster().master().pid());
  REQUIRE_FALSE(hosts.empty());
  return "/proc/" + std::to_string(hosts.front());
}
std::string memory_of_other_host(Siege& siege) {
  return folder_of_other_host(siege) + "/mem";
}
std::string descriptors_of_master(Siege& siege) {
  return "/proc/" + std::to_string(siege.cluster().master().pid()) + "/fd";
}

// 48 bytes of the honest image, masked: the filter looks for them in its memory.
std::string masked_pixels(Siege& siege) {
  const cv::Mat image = cv::imread(siege.honest_image(), cv::IMREAD_UNCHANGED);
  REQUIRE(image.cols > 400);
  std::string pixels(reinterpret_cast<const char*>(image.ptr(image.rows / 3) + 300), 48);
  for (char& each : pixels) each = static_cast<char>(each ^ 0x5a);
  return pixels;
}

const std::array files{Row{"reads-passwd", denied},
                       Row{"reads-shadow", denied},
                       Row{"reads-admin-token", denied, 4, token},
                       Row{"reads-join-secret", denied, 4, secret},
                       Row{"reads-others-image", denied, 4, spool},
                       Row{"reads-environ", denied},
                       Row{"reads-maps", denied},
                       Row{"opens-memory", denied},
                       Row{"opens-other-memory", denied, 4, memory_of_other_host},
                       Row{"reads-through-root", denied},
                       Row{"takes-descriptors", denied, 4, descriptors_of_master},
                       Row{"lists-processes", denied},
                       Row{"lists-root", denied},
                       Row{"opens-by-handle", not_permitted},
                       Row{"writes-own-memory", not_permitted},
                       Row{"overwrites-token", not_permitted, 4, token},
                       Row{"appends-to-log", not_permitted, 4, log},
                       Row{"creates-file", not_permitted},
                       Row{"creates-nameless", not_permitted},
                       Row{"truncates-token", not_permitted, 4, token},
                       Row{"removes-token", not_permitted, 4, token},
                       Row{"renames-token", not_permitted, 4, token},
                       Row{"opens-token-to-all", not_permitted, 4, token},
                       Row{"owns-token", not_permitted, 4, token},
                       Row{"links-token", not_permitted, 4, token},
                       Row{"symlinks", not_permitted},
                       Row{"makes-device", not_permitted},
                       Row{"makes-folder", not_permitted},
                       Row{"sets-attribute", not_permitted, 4, token},
                       Row{"reopens-output", not_permitted},
                       Row{"watches", not_permitted}};

const std::array calls{Row{"forks", started},
                       Row{"vforks", started},
                       Row{"clones", started},
                       Row{"clones-anew", "refused: Function not implemented"},
                       Row{"executes", started},
                       Row{"executes-memory", started},
                       Row{"kills-parent", not_permitted},
                       Row{"kills-thread-of-parent", not_permitted},
                       Row{"kills-all", not_permitted},
                       Row{"queues-signal", not_permitted},
                       Row{"signals-by-owner", not_permitted},
                       Row{"traces-parent", not_permitted},
                       Row{"reads-process", not_permitted},
                       Row{"writes-process", not_permitted},
                       Row{"opens-process", not_permitted},
                       Row{"limits-parent", not_permitted},
                       Row{"slows-parent", not_permitted},
                       Row{"binds-parent", not_permitted},
                       Row{"hurries", not_permitted},
                       Row{"unshares", not_permitted},
                       Row{"enters-namespace", not_permitted},
                       Row{"changes-root", not_permitted},
                       Row{"mounts", not_permitted},
                       Row{"becomes-root", not_permitted},
                       Row{"takes-capabilities", not_permitted},
                       Row{"outlives-parent", not_permitted},
                       Row{"loads-bpf", not_permitted},
                       Row{"sets-up-rings", not_permitted},
                       Row{"handles-faults", not_permitted},
                       Row{"counts-events", not_permitted},
                       Row{"asks-for-keys", not_permitted},
                       Row{"shares-memory", not_permitted},
                       Row{"gets-segment", not_permitted},
                       Row{"locks-memory", not_permitted},
                       Row{"connects-to-master", not_permitted, 4, port},
                       Row{"connects-locally", not_permitted},
                       Row{"speaks-netlink", not_permitted},
                       Row{"sends-descriptor", not_permitted},
                       Row{"shuts-socket", not_permitted},
                       Row{"unblocks-output", not_permitted},
                       Row{"seeks-output", "refused: Illegal seek"},
                       Row{"truncates-output", not_permitted}};

constexpr const char* outside = "it wrote outside its tile";
constexpr const char* segfault = "Segmentation fault";

const std::array pixels{Row{"writes-behind", outside},
                        Row{"writes-before", outside},
                        Row{"writes-far", segfault},
                        Row{"writes-between-rows", outside},
                        Row{"writes-input", segfault},
                        Row{"unlocks-input", denied},
                        Row{"remaps-input", not_permitted},
                        Row{"unlocks-guard", outside},
                        Row{"unmaps-input", segfault},
                        Row{"leaves-writer", "", 0},
                        Row{"writes-late", "", 0},
                        Row{"leaves-threads", "", 0},
                        Row{"looks-around", "found nothing", 4, masked_pixels},
                        Row{"returns-larger", "was declared by output()"},
                        Row{"returns-other", "was declared by output()"},
                        Row{"returns-nothing", "was declared by output()"},
                        Row{"returns-input", "", 0},
                        Row{"returns-nan", "returned NaN", 4, nullptr, ".tiff"}};

constexpr const char* too_long = "it took longer than 2.0 s";

const std::array ends{Row{"crashes", segfault},
                      Row{"aborts", "Aborted"},
                      Row{"divides-by-zero", "Floating point exception"},
                      Row{"executes-nonsense", "Illegal instruction"},
                      Row{"recurses", segfault},
                      Row{"exits", "it called exit(0)"},
                      Row{"exits-quickly", "it called exit(0)"},
                      Row{"kills-itself", "it was killed (SIGKILL)"},
                      Row{"throws-number", "an exception that is no std::exception"},
                      Row{"throws-in-thread", "Aborted"},
                      Row{"throws-much", "much  [31mlevel=error forged"},
                      Row{"jumps-nowhere", segfault},
                      Row{"stops", too_long},
                      Row{"ignores-signals", too_long},
                      Row{"hangs", too_long},
                      Row{"spins", too_long},
                      Row{"crowds", "there are no 3000 threads"},
                      Row{"hoards", "memory limit of 256 MiB"},
                      Row{"hoards-files", "memory limit of 256 MiB"},
                      Row{"hoards-descriptors", "there are few descriptors"},
                      Row{"reserves-addresses", "there are few addresses"}};

constexpr const char* out_of_turn = "it spoke out of turn";

const std::array speech{
    Row{"floods-parent", out_of_turn},
    Row{"babbles", "it sent a message that makes no sense"},
    Row{"speaks-long", "a filter host may send 268435456"},
    Row{"answers", out_of_turn},
    Row{"closes-socket", "hostile-closes-socket 1.0.0: it closed its connection to the server"},
    Row{"listens", "", 0},
    Row{"forges-lines", "", 0},
    Row{"talks", "", 0},
    Row{"talks-in-one-line", "", 0}};

// These behave while they are scanned.
constexpr const char* armed = ":armed=1";

const std::array words{
    Row{"negative-halo", "asks for an impossible halo", 4, nullptr, ".png", armed},
    Row{"huge-halo", "asks for an impossible halo", 4, nullptr, ".png", armed},
    Row{"aligned-to-nothing", "asks for an impossible lattice", 4, nullptr, ".png", armed},
    Row{"crashes-describing", segfault, 4, nullptr, ".png", armed},
    Row{"hangs-describing", "longer than", 4, nullptr, ".png", armed},
    Row{"changes-halo", "the plan doesn't fit the filters that it names", 4, nullptr, ".png", armed},
    Row{"other-format", "returns pixels that Tilework doesn't carry"},
    Row{"finds-outside", "lies outside the image"},
    Row{"finds-nan", "it reported a score that isn't a finite number"},
    Row{"finds-long-names", "a label that isn't a line of at most 64 bytes"},
    Row{"finds-escapes", "a label that isn't a line of at most 64 bytes"},
    Row{"finds-for-ever", too_long},
    Row{"finds-giants", "reports objects of an impossible size"},
    Row{"learns-too-much", "memory limit of 256 MiB"},
    Row{"crashes-merging", segfault},
    Row{"fails-finishing", "it can't finish"},
    Row{"learns-nothing", "stats end early"}};

// An image of one segment, small enough that its pixels leave room before the next page.
std::string image_of(Siege& siege, const Row& row) {
  const std::string path = siege.file(std::string("image") + row.extension);
  if (std::string(row.extension) == ".tiff") {
    write_photo(path, {50, 50}, 1, {Depth::f32, 1});
    return path;
  }
  cv::Mat pixels(50, 50, CV_8UC3, cv::Scalar::all(0));
  const std::string word = row.word == nullptr ? "" : row.word(siege);
  std::ranges::copy(word, pixels.data);
  REQUIRE(cv::imwrite(path, pixels));
  return path;
}

Act act_of(const Row& row) {
  return {row.name, row.words, [row](Siege& siege) {
            siege.apply(image_of(siege, row), std::string("hostile-") + row.name + row.options,
                        {row.code, row.words});
            CHECK_FALSE(std::filesystem::exists("/tmp/tilework-hostile"));
          }};
}

}  // namespace

std::vector<Act> filter_acts() {
  std::vector<Act> acts;
  const auto add = [&](const auto& rows) {
    for (const Row& row : rows) acts.push_back(act_of(row));
  };
  add(files);
  add(calls);
  add(pixels);
  add(ends);
  add(speech);
  add(words);
  return acts;
}

}  // namespace tilework::test

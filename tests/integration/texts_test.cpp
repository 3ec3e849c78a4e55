// Words of clients, images, workers and plugins that try to do more than to be read.
#include <fstream>

#include <catch2/catch.hpp>
#include <kj/async-io.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "schema/master.capnp.h"
#include "schema/transport/connection.h"
#include "tests/integration/listed.h"
#include "tests/integration/live_plugins.h"

namespace tilework::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

const std::string evil =
    "a\nlevel=error forged\x1b[31m\xc2\x9b"
    "2J\u202e\u2028=1+1\xff\" b\\";

// By Python's unicodedata: UTF-8 throughout, and nothing but line feeds that can't be seen.
void check_clean(Cluster& cluster, const std::string& text) {
  const std::string file = cluster.folder().file("text");
  std::ofstream(file) << text;
  const auto looked = run({"/usr/bin/python3", "-c",
                           "import sys, unicodedata as u\n"
                           "text = open(sys.argv[1], 'rb').read().decode('utf-8')\n"
                           "bad = [hex(ord(c)) for c in text if c != '\\n' and u.category(c) in "
                           "('Cc', 'Cf', 'Zl', 'Zp', 'Cs')]\n"
                           "sys.exit(' '.join(bad) or 0)",
                           file},
                          cluster.folder().path() / "looked");
  INFO(text);
  CHECK(looked.errors == "");
  CHECK(looked.code == 0);
}

void check_log(Cluster& cluster, const std::string& log) {
  check_clean(cluster, log);
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.starts_with("time=20"));
    // Outside of quotations, nobody has written a level.
    std::string outside;
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (quoted && line[i] == '\\') {
        ++i;
      } else if (line[i] == '"') {
        quoted = !quoted;
      } else if (!quoted) {
        outside += line[i];
      }
    }
    CHECK_FALSE(quoted);
    CHECK(outside.find("forged") == std::string::npos);
  }
}

// A client that says what it likes, and stays.
class Client {
 public:
  explicit Client(const std::string& master) : io_(kj::setupAsyncIo()) {
    auto address = io_.provider->getNetwork().parseAddress(master).wait(io_.waitScope);
    connection_ = kj::heap<transport::Connection>(address->connect().wait(io_.waitScope),
                                                  capnp::rpc::twoparty::Side::CLIENT, transport::nothing(),
                                                  transport::fixed(transport::master_budget));
    auto request = connection_->bootstrap().castAs<rpc::Master>().openSessionRequest();
    request.getClient().setName(evil);
    request.getClient().setUser(evil);
    request.getClient().setHost(evil);
    session_ = request.send().wait(io_.waitScope).getSession();
  }

  // An upload that fails, which is in the log and among the jobs.
  void fail_to_upload() {
    auto upload = session_.uploadRequest();
    upload.setName(evil);
    upload.setSize(std::uint64_t{1} << 50);
    CHECK_THROWS_AS(upload.send().wait(io_.waitScope), kj::Exception);
  }

 private:
  kj::AsyncIoContext io_;
  kj::Own<transport::Connection> connection_;
  rpc::ClientSession::Client session_ = nullptr;
};

}  // namespace

TEST_CASE("whatever a client, an image, a worker or a plugin is called, lists and logs stay what they are") {
  Cluster cluster(0);
  cluster.start_worker({"--name", evil});
  fs::copy_file(live_plugin("evil_texts"), plugin_folder(cluster) / "evil_texts.so");
  fs::copy_file(live_plugin("version"), plugin_folder(cluster) / (evil + ".so"));
  auto session = cluster.session();
  wait_for_offer(session, [](const FilterList& list) { return offers(list, "test-evil-texts"); });
  wait_until("the other file", [&] { return says(cluster, "its name has characters"); });
  Client client(cluster.address());
  client.fail_to_upload();
  const std::string photo = cluster.folder().file(evil + ".png");
  cv::imwrite(photo, cv::Mat::zeros(30, 40, CV_8UC3));
  const auto failed =
      cluster.tilework({"apply", photo, "-f", "test-evil-texts", "-o", cluster.folder().file("out.png")});
  CHECK(failed.code == 4);
  check_clean(cluster, failed.errors);
  for (const std::string list : {"workers", "plugins", "jobs", "clients"}) {
    const auto table = cluster.admin({list});
    CHECK(table.code == 0);
    check_clean(cluster, table.output);
    const auto json = cluster.admin({list, "--json"});
    check_clean(cluster, json.output);
    CHECK_NOTHROW(nlohmann::json::parse(json.output));
  }
  CHECK(listed(cluster, "jobs").size() == 2);
  CHECK_THAT(cluster.admin({"workers"}).output, Contains("a level=error forged"));
  for (const auto& words :
       {std::vector<std::string>{"filters"}, {"filters", "test-evil-texts"}, {"status"}}) {
    const auto shown = cluster.tilework(words);
    CHECK(shown.code == 0);
    check_clean(cluster, shown.output);
  }
  check_clean(cluster, cluster.admin({"logs"}).output);
  check_log(cluster, cluster.master().errors());
  check_log(cluster, cluster.worker(0).errors());
}

TEST_CASE(
    "findings of an image that is called like a formula are none to a spreadsheet, and lines stay lines") {
  Cluster cluster(1);
  const std::string photo = cluster.folder().file("=1+1\n\x1b[31m.png");
  cv::Mat spots = cv::Mat::zeros(60, 80, CV_8UC3);
  cv::circle(spots, {30, 30}, 5, cv::Scalar::all(255), -1);
  cv::imwrite(photo, spots);
  const auto apply = [&](const std::string& findings) {
    return run({"/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", cluster.folder().path().string(),
                program("tilework"), "apply", "=1+1\n\x1b[31m.png", "-f", "find-spots", "-o", "out.png",
                "--findings", findings, "--master", cluster.address()},
               cluster.folder().path() / "apply");
  };
  REQUIRE(apply("found.csv").code == 0);
  const std::string csv = bytes_of_file(cluster.folder().file("found.csv"));
  check_clean(cluster, csv);
  CHECK(csv.find("\n'=1+1  [31m.png,") != std::string::npos);
  REQUIRE(apply("found.json").code == 0);
  const auto json = nlohmann::json::parse(bytes_of_file(cluster.folder().file("found.json")));
  REQUIRE_FALSE(json.empty());
  CHECK(json[0].at("image") == "=1+1\n\x1b[31m.png");  // to the byte
}

}  // namespace tilework::test

// Clients that ask for what can't be, too much of it, or go away in the middle; and strangers who would be
// more than clients.
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "tests/hostile/act.h"
#include "tests/support/rpc_peer.h"

namespace tilework::test {
namespace {

using namespace std::chrono_literals;
using Submit = capnp::Request<rpc::ClientSession::SubmitParams, rpc::ClientSession::SubmitResults>;

std::string small_image() {
  std::vector<uchar> bytes;
  REQUIRE(cv::imencode(".png", cv::Mat(60, 80, CV_8UC3, cv::Scalar::all(7)), bytes));
  return {bytes.begin(), bytes.end()};
}

// Why a job isn't taken that is right but for what `spoil` does to it.
std::string refused_job(Siege& siege, const std::function<void(rpc::JobRequest::Builder)>& spoil) {
  RpcPeer peer(siege.cluster().address());
  auto session = peer.session();
  auto request = session.submitRequest();
  auto job = request.initJob();
  job.setId("hostile-job");
  job.setImage(peer.image(session, small_image()));
  job.initRecipe(1)[0].setFilter("invert");
  job.setFormat("png");
  job.setJpegQuality(90);
  job.setChroma("auto");
  spoil(job);
  return refusal_of(peer, request.send().getJob().waitRequest().send());
}

std::string refused_render(Siege& siege, const std::function<void(rpc::RenderRequest::Builder)>& spoil) {
  RpcPeer peer(siege.cluster().address());
  auto session = peer.session();
  auto open = session.openPreviewRequest();
  open.setImage(peer.image(session, small_image()));
  auto render = open.send().wait(peer.scope()).getPreview().renderRequest();
  spoil(render.initRequest());
  return refusal_of(peer, render.send());
}

std::string long_recipe(Siege& siege) {
  return refused_job(siege, [](auto job) {
    auto recipe = job.initRecipe(100'000);
    for (auto call : recipe) call.setFilter("invert");
  });
}

std::string long_parameter(Siege& siege) {
  return refused_job(siege, [](auto job) {
    auto argument = job.getRecipe()[0].initArguments(1)[0];
    argument.setName(std::string(10 << 20, 'x'));
    argument.initValue().setNumber(1);
  });
}

std::string parameter_of_nan(Siege& siege) {
  return refused_job(siege, [](auto job) {
    job.getRecipe()[0].setFilter("gaussian-blur");
    auto argument = job.getRecipe()[0].initArguments(1)[0];
    argument.setName("size");
    argument.initValue().setNumber(std::numeric_limits<double>::quiet_NaN());
  });
}

std::string giant_halo(Siege& siege) {
  return refused_job(siege, [](auto job) {
    job.getRecipe()[0].setFilter("gaussian-blur");
    auto argument = job.getRecipe()[0].initArguments(1)[0];
    argument.setName("size");
    argument.initValue().setNumber(1e18);
  });
}

std::string filter_with_escapes(Siege& siege) {
  const std::string reason =
      refused_job(siege, [](auto job) { job.getRecipe()[0].setFilter("a\n\x1b[31m../../x"); });
  CHECK(reason.find('\x1b') == std::string::npos);
  return reason;
}

std::string job_called_as_path(Siege& siege) {
  return refused_job(siege, [](auto job) { job.setId("../../../etc/passwd"); });
}

std::string long_job_id(Siege& siege) {
  return refused_job(siege, [](auto job) { job.setId(std::string(100'000, 'x')); });
}

std::string negative_tiles(Siege& siege) {
  return refused_job(siege, [](auto job) {
    job.initTile().setWidth(-1);
    job.getTile().setHeight(std::numeric_limits<std::int32_t>::min());
  });
}

std::string unknown_format(Siege& siege) {
  return refused_job(siege, [](auto job) { job.setFormat("../../bin/sh"); });
}

std::string image_of_nobody(Siege& siege) {
  return refused_job(siege, [](auto job) { job.setImage(transport::nothing().castAs<rpc::Image>()); });
}

// A capability of one's own, which answers all that is asked of an image.
std::string image_of_another_kind(Siege& siege) {
  RpcPeer peer(siege.cluster().address());
  auto session = peer.session();
  auto open = session.openPreviewRequest();
  open.setImage(kj::heap<rpc::Image::Server>());
  return refusal_of(peer, open.send());
}

std::string regions_outside(Siege& siege) {
  return refused_render(siege, [](auto request) {
    auto region = request.initRegions(1)[0];
    region.setX(-5);
    region.setWidth(std::numeric_limits<std::int32_t>::max());
    region.setHeight(std::numeric_limits<std::int32_t>::max());
  });
}

std::string many_regions(Siege& siege) {
  return refused_render(siege, [](auto request) {
    for (auto region : request.initRegions(60'000)) {
      region.setWidth(1);
      region.setHeight(1);
    }
  });
}

std::string level_of_billions(Siege& siege) {
  return refused_render(siege, [](auto request) { request.setLevel(0xffffffff); });
}

std::string upload_of_more(Siege& siege) {
  RpcPeer peer(siege.cluster().address());
  auto session = peer.session();
  auto upload = session.uploadRequest();
  upload.setName("x.png\nlevel=error forged");
  upload.setSize(300'000);
  auto sink = upload.send().wait(peer.scope()).getSink();
  const std::string piece(1 << 20, 'x');
  auto write = sink.writeRequest();
  write.setBytes(kj::arrayPtr(piece.data(), piece.size()).asBytes());
  auto sent = write.send();
  return refusal_of(peer, sent.then([sink]() mutable { return sink.doneRequest().send(); }));
}

std::string too_many_images(Siege& siege) {
  RpcPeer peer(siege.cluster().address());
  auto session = peer.session();
  std::vector<rpc::Image::Client> held;
  const std::string image = small_image();
  try {
    for (int i = 0; i < 1'000; ++i) held.push_back(peer.image(session, image));
  } catch (const kj::Exception& error) {
    return error.getDescription().cStr();
  }
  return "it worked";
}

class Watcher final : public rpc::JobWatcher::Server {};

// Jobs that are submitted and cancelled, and dropped, without anybody who waits for them.
std::string cancel_storm(Siege& siege) {
  RpcPeer peer(siege.cluster().address());
  auto session = peer.session();
  auto image = peer.image(session, small_image());
  for (int i = 0; i < 200; ++i) {
    auto request = session.submitRequest();
    auto job = request.initJob();
    job.setId("storm-" + std::to_string(i));
    job.setImage(image);
    job.initRecipe(1)[0].setFilter("invert");
    job.setFormat("png");
    job.setJpegQuality(90);
    job.setChroma("auto");
    job.setChroma("auto");
    request.setWatcher(kj::heap<Watcher>());
    auto submitted = request.send().wait(peer.scope()).getJob();
    if (i % 2 == 0) submitted.cancelRequest().send().wait(peer.scope());
  }
  return "nothing of use";
}

// Clients that are killed while their image comes, is worked on, and goes.
std::string disconnect_storm(Siege& siege) {
  for (int i = 0; i < 12; ++i) {
    Process client({program("tilework"), "apply", siege.honest_image(), "-f", "median-blur", "-o",
                    siege.file("never.tiff"), "-q", "--master", siege.cluster().address()},
                   siege.file("client"));
    std::this_thread::sleep_for(std::chrono::milliseconds(40 * i));  // anywhere in its work
    client.signal(SIGKILL);
    client.wait();
  }
  return "nothing of use";
}

std::string guess_token(Siege& siege) {
  std::string last;
  for (int i = 0; i < 3; ++i) {
    RpcPeer peer(siege.cluster().address());
    auto request = peer.master().openAdminRequest();
    request.setToken(std::string(64, static_cast<char>('a' + i)));
    last = refusal_of(peer, request.send());
  }
  return last;
}

std::string flood_guesses(Siege& siege) {
  RpcPeer peer(siege.cluster().address());
  kj::Vector<kj::Promise<void>> guesses;
  for (int i = 0; i < 5'000; ++i) {
    auto request = peer.master().openAdminRequest();
    request.setToken(std::string(64, 'a'));
    guesses.add(request.send().ignoreResult());
  }
  return refusal_of(peer, guesses.back().then([] { return 0; }));
}

std::string guess_farewell(Siege& siege) {
  RpcPeer peer(siege.cluster().address());
  auto request = peer.master().farewellRequest();
  request.setHow("it was never there\nlevel=error forged");
  CHECK(refusal_of(peer, request.send()) == "it worked");
  CHECK(siege.cluster().joined() == 2);
  return "nothing changes";
}

struct Row {
  const char* name;
  const char* words;  // of the refusal
  std::string (*play)(Siege& siege);
};

const std::array rows{
    Row{"recipe-of-100000", "a client may send 2097152", long_recipe},
    Row{"parameter-of-10-megabytes", "a client may send 2097152", long_parameter},
    Row{"parameter-that-is-no-number", "size can't be nan", parameter_of_nan},
    Row{"giant-parameter", "size can't be 1e+18", giant_halo},
    Row{"filter-with-escapes", "there is no filter", filter_with_escapes},
    Row{"job-called-as-path", "a job's id has 1 to 64 letters, digits and dashes", job_called_as_path},
    Row{"long-job-id", "a job's id has 1 to 64 letters, digits and dashes", long_job_id},
    Row{"negative-tiles", "a tile has a width and a height of at least 1 pixel", negative_tiles},
    Row{"unknown-format", "is not a file format that Tilework writes", unknown_format},
    Row{"image-of-nobody", "it spoke out of turn", image_of_nobody},
    Row{"image-of-another-kind", "the image was not uploaded in this session", image_of_another_kind},
    Row{"regions-outside", "a preview's region lies outside the image", regions_outside},
    Row{"many-regions", "a preview has too many regions", many_regions},
    Row{"level-of-billions", "the image has no level 4294967295", level_of_billions},
    Row{"upload-of-more", "a file is longer than was announced", upload_of_more},
    Row{"too-many-images", "a client may have 256 images at a time", too_many_images},
    Row{"cancel-storm", "nothing of use", cancel_storm},
    Row{"disconnect-storm", "nothing of use", disconnect_storm},
    Row{"guesses-token", "the token is not this master's", guess_token},
    Row{"floods-guesses", "it has more calls under way than a newcomer may", flood_guesses},
    Row{"guesses-farewell", "nothing changes", guess_farewell}};

}  // namespace

std::vector<Act> client_acts() {
  std::vector<Act> acts;
  for (const Row& row : rows) {
    acts.push_back({row.name, row.words, [row](Siege& siege) {
                      const std::string reason = row.play(siege);
                      CHECK_THAT(reason, Catch::Contains(row.words));
                    }});
  }
  return acts;
}

}  // namespace tilework::test

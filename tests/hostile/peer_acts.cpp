// Peers that speak the protocol by hand, or none at all: what they say is too much, too long, or nonsense.
#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include <catch2/catch.hpp>

#include "schema/master.capnp.h"
#include "tests/hostile/act.h"
#include "tests/integration/strangers.h"
#include "tests/support/hostile_peer.h"

namespace tilework::test {
namespace {

using namespace std::chrono_literals;
using Filters = rpc::ClientSession::FiltersParams;
using Upload = rpc::ClientSession::UploadParams;
constexpr auto session_type = capnp::typeId<rpc::ClientSession>();
constexpr std::uint16_t filters_method = 0, upload_method = 1;

// Somebody who has signed in.
HostilePeer client_of(Siege& siege, const std::string& name = "hostile") {
  HostilePeer peer(siege.cluster().address());
  REQUIRE(peer.open_session(name));
  return peer;
}

void check_closed(HostilePeer& peer) {
  CHECK(peer.closed_within(15s));
}

void send(HostilePeer& peer, const std::string& bytes) {
  peer.send(kj::arrayPtr(bytes.data(), bytes.size()).asBytes());
}

// What a stranger says in one piece, and is shown the door for.
void strange(Siege& siege, const std::string& bytes) {
  HostilePeer peer(siege.cluster().address());
  send(peer, bytes);
  check_closed(peer);
}

void ask_a_million_times(Siege& siege) {
  HostilePeer peer(siege.cluster().address());
  std::uint32_t question = 0;
  while (question < 1'000'000 && peer.bootstrap(question)) ++question;
  CHECK(question < 1'000'000);
  check_closed(peer);
}

void wait_a_hundred_thousand_times(Siege& siege) {
  const auto revision = siege.cluster().session().filters().get().revision;
  auto peer = client_of(siege);
  std::uint32_t asked = 0;
  const auto ask = [&] {
    return peer.call<Filters>(asked + 2, 1, true, session_type, filters_method,
                              [&](Filters::Builder params) { params.setKnown(revision); });
  };
  while (asked < 100'000 && ask()) ++asked;
  check_closed(peer);
}

void take_no_answers(Siege& siege) {
  auto peer = client_of(siege);
  std::uint32_t asked = 0;
  while (asked < 100'000 && peer.call<Filters>(asked + 2, 1, true, session_type, filters_method)) ++asked;
  CHECK(asked < 100'000);
}

bool announce(HostilePeer& peer, std::uint32_t question, std::uint64_t bytes, const std::string& name) {
  return peer.call<Upload>(question, 1, true, session_type, upload_method, [&](Upload::Builder params) {
    params.setName(name);
    params.setSize(bytes);
  });
}

// Small ones: what is announced counts as taken, so that larger ones would leave no room in the spool for
// the honest job (README.md).
void announce_uploads(Siege& siege) {
  const auto before = state_of(siege.cluster().master().pid()).descriptors;
  auto peer = client_of(siege);
  for (std::uint32_t question = 2; question < 10'000; ++question) {
    if (!announce(peer, question, 3 << 20, "x.tif")) break;
  }
  check_closed(peer);
  CHECK(state_of(siege.cluster().master().pid()).descriptors <= before + 20);
}

void announce_too_much(Siege& siege) {
  auto peer = client_of(siege);
  REQUIRE(announce(peer, 2, std::uint64_t{1} << 50, "x.tif"));
  CHECK_FALSE(peer.answered(2));
}

void never_end_upload(Siege& siege) {
  auto peer = client_of(siege);
  REQUIRE(announce(peer, 2, 6 << 20, "slow.tif"));
  REQUIRE(peer.answered(2));
  // Before others flood this part of the log: of many a few are told.
  CHECK_NOTHROW(wait_until("the line", [&] { return siege.master_says("no byte of it came for"); }));
}

void say_nothing(Siege& siege) {
  const Strangers strangers(siege.cluster().address(), 400);
  CHECK_NOTHROW(wait_until("them to go", [&] { return strangers.open() == 0; }));
}

void begin_messages(Siege& siege) {
  for (int i = 0; i < 6; ++i) {
    HostilePeer peer(siege.cluster().address());
    peer.begin_message(200 << 20, 100 << 20);
    check_closed(peer);
  }
}

void say_half(Siege& siege) {
  HostilePeer peer(siege.cluster().address());
  CHECK(peer.begin_message(4096, 100));
  check_closed(peer);
}

void say_half_as_client(Siege& siege) {
  auto peer = client_of(siege);
  CHECK(peer.begin_message(1 << 20, 1 << 10));
  check_closed(peer);
}

void say_long_as_client(Siege& siege) {
  auto peer = client_of(siege);
  peer.begin_message(200 << 20, 1 << 10);
  check_closed(peer);
}

void be_called(Siege& siege, std::size_t length) {
  CHECK_FALSE(HostilePeer(siege.cluster().address()).open_session(std::string(length, 'x')));
}

void be_called_with_escapes(Siege& siege) {
  client_of(siege, "a\nlevel=error forged\x1b[31m\xe2\x80\xae\xff");
  CHECK_NOTHROW(wait_until("the line", [&] { return siege.master_says("client=\"a level=error forged"); }));
  for (const char* raw : {"\x1b", "\xe2\x80\xae", "\xff"}) CHECK_FALSE(siege.master_says(raw));
}

// A message of the protocol that makes no sense, from somebody who has signed in; `fill` says which.
void nonsense(Siege& siege, const std::function<void(capnp::rpc::Message::Builder)>& fill, int times = 1) {
  auto peer = client_of(siege);
  for (int i = 0; i < times; ++i) {
    capnp::MallocMessageBuilder message;
    fill(message.initRoot<capnp::rpc::Message>());
    if (!peer.send(message)) break;
  }
  // Whether it is closed for that or answered is the library's; it mustn't hang.
  peer.closed_within(300ms);
}

void call_what_is_not_there(Siege& siege) {
  nonsense(siege, [](auto message) {
    auto call = message.initCall();
    call.setQuestionId(9);
    call.initTarget().setImportedCap(999'999);
    call.setInterfaceId(session_type);
  });
}

void call_unknown_method(Siege& siege) {
  auto peer = client_of(siege);
  CHECK(peer.call<Filters>(2, 1, true, session_type, 999));
  CHECK_FALSE(peer.answered(2));
}

void call_as_administrator(Siege& siege) {
  auto peer = client_of(siege);
  CHECK(peer.call<Filters>(2, 1, true, capnp::typeId<rpc::Admin>(), 0));
  CHECK_FALSE(peer.answered(2));
}

void answer_what_nobody_asked(Siege& siege) {
  nonsense(siege, [](auto message) {
    auto answer = message.initReturn();
    answer.setAnswerId(4711);
    answer.initResults();
  });
}

void release_what_is_not_held(Siege& siege) {
  nonsense(siege, [](auto message) {
    auto release = message.initRelease();
    release.setId(0);
    release.setReferenceCount(0xffffffff);
  });
}

void repeat_question(Siege& siege) {
  nonsense(
      siege, [](auto message) { message.initBootstrap().setQuestionId(7); }, 100);
}

void send_echoes(Siege& siege) {
  nonsense(
      siege, [](auto message) { message.initUnimplemented().initBootstrap(); }, 10'000);
}

// Each level is a struct in a pointer of the one above.
void nest_deeply(Siege& siege) {
  std::vector<std::uint64_t> words;
  constexpr std::uint64_t next_word_one_pointer = 0x0001'0000'0000'0000;
  words.assign(8'000, next_word_one_pointer);
  std::vector<std::uint64_t> message{std::uint64_t{words.size()} << 32};
  message.insert(message.end(), words.begin(), words.end());
  HostilePeer peer(siege.cluster().address());
  peer.send(kj::arrayPtr(message.data(), message.size()).asBytes());
  check_closed(peer);
}

// What each looks at by itself. Why a connection was closed stands in the master's log, but seldom: a line in
// ten seconds, however often it happens.
constexpr const char* closed = "its connection is closed";
constexpr const char* refused = "its call is refused";
constexpr const char* given_up = "its upload is given up";
constexpr const char* cleaned = "its name is cleaned";
constexpr const char* nothing = "nothing of use";

struct Row {
  const char* name;
  const char* seen;
  void (*play)(Siege& siege);
};

const std::array rows{
    Row{"million-questions", closed, ask_a_million_times},
    Row{"hundred-thousand-waits", closed, wait_a_hundred_thousand_times},
    Row{"takes-no-answers", nothing, take_no_answers},
    Row{"upload-without-end", given_up, never_end_upload},
    Row{"ten-thousand-uploads", closed, announce_uploads},
    Row{"upload-of-petabyte", refused, announce_too_much},
    Row{"silent-strangers", closed, say_nothing},
    Row{"giant-messages", closed, begin_messages},
    Row{"half-a-message", closed, say_half},
    Row{"half-a-message-of-client", closed, say_half_as_client},
    Row{"giant-message-of-client", closed, say_long_as_client},
    Row{"name-of-300-bytes", refused, [](Siege& siege) { be_called(siege, 300); }},
    Row{"name-of-60-megabytes", closed, [](Siege& siege) { be_called(siege, 60 << 20); }},
    Row{"name-with-escapes", cleaned, be_called_with_escapes},
    Row{"speaks-http", closed, [](Siege& siege) { strange(siege, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); }},
    Row{"speaks-tls", closed,
        [](Siege& siege) {
          strange(siege,
                  std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(512, '\x2a'));
        }},
    Row{"speaks-noise", closed, [](Siege& siege) { strange(siege, std::string(100'000, '\xa5')); }},
    Row{"nested-message", closed, nest_deeply},
    Row{"calls-what-is-not-there", nothing, call_what_is_not_there},
    Row{"calls-unknown-method", refused, call_unknown_method},
    Row{"calls-as-administrator", refused, call_as_administrator},
    Row{"answers-unasked", nothing, answer_what_nobody_asked},
    Row{"releases-what-it-lacks", nothing, release_what_is_not_held},
    Row{"repeats-question", nothing, repeat_question},
    Row{"sends-echoes", nothing, send_echoes}};

}  // namespace

std::vector<Act> peer_acts() {
  std::vector<Act> acts;
  for (const Row& row : rows) acts.push_back({row.name, row.seen, row.play});
  return acts;
}

}  // namespace tilework::test

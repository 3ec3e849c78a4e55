// A client's connection to a cluster: asks what it offers, and has images processed. Headless; the command
// line and the desktop client stand on it.
//
// Threads: every member may be called from any thread and returns at once; the work happens on one thread of
// the session's own. Futures fail with tilework::Error, whose fault tells a user's mistake from an
// unreachable master, a failed job and a cancelled one.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "client/session/job.h"
#include "client/session/picture.h"
#include "schema/model/job.h"
#include "schema/model/recipe.h"
#include "schema/transport/endpoint.h"

namespace tilework::client {

// A session has found a master, or lost it.
struct LinkNews {
  std::string master;  // host:port
  bool connected = false;
  std::string why = {};  // it was lost: "the connection was closed"
};

struct SessionOptions {
  std::string name = "tilework";                     // the program's, for the master's administrators
  std::chrono::milliseconds connect_timeout{5'000};  // for each master
  unsigned jobs_at_once = 8;                         // the others wait their turn before they are uploaded
  // How often a master is asked for a sign of life, and given one.
  std::chrono::milliseconds ping_interval{1'000};
  std::chrono::milliseconds ping_deadline{10'000};  // of silence, after which it is given up
  // How long a session that lost its master looks for one that answers. The first connection is tried once
  // with each master: a wrong address is told at once.
  std::chrono::milliseconds patience{30'000};
  // How often one job goes on elsewhere: an image that brings masters down isn't carried round for ever.
  unsigned moves = 10;
  // Called on the session's own thread: return at once, and throw nothing. Any may be empty.
  std::function<void(const LinkNews&)> link_changed = {};
  std::function<void()> answered = {};  // after each future became ready: for those who don't wait for it
};

class Session {
 public:
  // Connects when the first call needs it: to the first of `masters` that answers. When that connection is
  // lost, what is under way goes on at the next of the list that answers: jobs from their start with the same
  // id, other calls once.
  explicit Session(std::vector<transport::Endpoint> masters, SessionOptions options = {});
  // Cancels what is under way.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // What the master offers: at once, or, given the revision of an answer, as soon as that isn't what it
  // offers any more.
  std::future<FilterList> filters(std::uint64_t known = 0);
  std::future<ClusterStatus> status();

  // Uploads the input, has it processed, and stores the result. Nothing is left of the output when that
  // fails. The input must not change meanwhile.
  std::future<JobOutcome> apply(JobSpec spec, JobObserver observer = {});

  // Ends a job, also one that waits for its turn: its future fails with Fault::cancelled. An unknown id is
  // fine.
  void cancel(const std::string& id);
  // The same for all calls and jobs that are under way.
  void cancel_all();

  // Opens an image for looking at; the file stays open until the picture is closed. Returns its number.
  std::uint64_t open_picture(std::filesystem::path path, std::string name, PictureObserver observer);
  void close_picture(std::uint64_t picture);

  // Computes what a recipe makes of parts of a picture. Returns the render's number.
  std::uint64_t render(std::uint64_t picture, RenderRequest request, RenderObserver observer);
  // Ends the work, also on the workers. One that has ended is fine.
  void cancel_render(std::uint64_t render);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tilework::client

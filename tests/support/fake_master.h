// A master without a cluster, for tests of clients: it takes uploads and jobs, answers with a canned file,
// and goes wrong as it is told to. On loopback, with a thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "schema/model/client.h"
#include "schema/model/error.h"
#include "schema/model/job.h"
#include "schema/model/recipe.h"
#include "schema/transport/endpoint.h"
#include "tests/support/fake_admin.h"

namespace tilework::test {

struct FakeBehaviour {
  enum class Greeting { normal, silent, hangs_up };
  Greeting greeting = Greeting::normal;
  std::vector<PluginDescription> plugins;
  std::string file = "the result";         // what is sent
  std::optional<std::uint64_t> announced;  // its size, where that is a lie
  bool ends_file = true;                   // calls done()
  std::vector<std::string> notes;
  std::vector<JobProgress> progress;  // told before the job is done
  std::optional<Error> upload_error;
  std::optional<Error> submit_error;
  std::optional<Error> job_error;
  std::optional<Error> ping_error;
  // Stops there, until release() or the end of the connection.
  bool holds_calls = false;  // filters() and status()
  bool holds_upload = false;
  bool holds_jobs = false;
  bool holds_download = false;
  std::optional<FakeAdmin> admin;  // without one, it can't be administered
};

// What came from clients so far.
struct FakeRecord {
  unsigned turned_away = 0;  // connections that were not greeted
  unsigned sessions = 0;
  ClientInfo client;  // of the last session
  unsigned pings = 0;
  unsigned calls = 0;  // of filters() and status()
  unsigned uploads_begun = 0;
  unsigned submitted = 0;
  unsigned cancelled = 0;
  unsigned downloads_begun = 0;
  unsigned running = 0;  // submitted and not answered
  unsigned most_running = 0;
  std::vector<std::string> ids;  // of the jobs, in the order of their submission
  std::string image;             // bytes of the last upload
  std::string image_name;
  Recipe recipe;
  std::string format;
  int jpeg_quality = 0;
  std::string chroma;
  std::string compression;
  bool lossless = false;
  unsigned administrators = 0;
  std::vector<std::string> actions;  // of theirs
};

class FakeMaster {
 public:
  explicit FakeMaster(FakeBehaviour behaviour);
  ~FakeMaster();
  FakeMaster(const FakeMaster&) = delete;
  FakeMaster& operator=(const FakeMaster&) = delete;

  transport::Endpoint endpoint() const;
  FakeRecord record() const;

  // Blocks until it is so. For half a minute at most; then it is false.
  bool wait_until(const std::function<bool(const FakeRecord&)>& condition) const;

  // Lets all go on that is held, now and later.
  void release();
  void drop_connections();
  // How those are met who connect from now on.
  void greet(FakeBehaviour::Greeting greeting);
  // Answers nothing any more, pings neither, as if it were stopped by SIGSTOP; the connections stay. Until
  // thaw().
  void freeze();
  void thaw();

 private:
  class State;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tilework::test

// A cluster on which hostile acts are tried one after the other, so that what one leaves shows in the next.
// Beside each an honest client's job runs, and another one after it. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/hostile/server_state.h"
#include "tests/integration/cluster.h"

namespace tilework::test {

// What a maker of an act gets to see.
struct Seen {
  int code = 0;  // with which the command line ends
  std::string words;
};

class Siege {
 public:
  // Starts the cluster, and has it do some honest work: what that takes for the first time is no growth.
  Siege();

  // Does the act while an honest job runs. Fails the test when that job or one after it isn't what it has to
  // be to the byte, or when a server isn't as it was.
  void endure(const std::function<void(Siege&)>& act);

  Cluster& cluster() { return cluster_; }
  // A path in a folder that is there for acts.
  std::string file(const std::string& name) { return cluster_.folder().file("acts/" + name); }

  // What an image's user sees of it under this recipe: the command line's end. The test fails if it isn't
  // what has to be seen.
  void apply(const std::string& image, const std::string& filter, const Seen& seen,
             const std::vector<std::string>& options = {});

  // The image of the honest job that runs beside acts.
  std::string honest_image() const { return honest_.front().image; }
  // An honest job besides, for acts that need one that runs while they are at it; and its end, which is
  // checked.
  Process begin_honest(const std::string& result) { return begin(honest_.front(), result); }
  void end_honest(Process& job, const std::string& result) { end(job, honest_.front(), result); }
  // Whether the first master's log has grown by these words since the act began.
  bool master_says(const std::string& words);
  // What the servers had of the system before the first act and have now, for people.
  std::string summary();

 private:
  struct Honest {
    std::string image;
    std::vector<std::string> filters;
    std::string reference;  // the bytes of its result
  };

  Honest made(const std::string& extension, const PixelFormat& format, const Recipe& recipe);
  Process begin(const Honest& honest, const std::string& result);
  void end(Process& job, const Honest& honest, const std::string& result);
  void work(const Honest& honest);
  std::vector<Process*> servers();
  std::vector<ServerState> states();
  void check_servers(const std::vector<ServerState>& before);

  Cluster cluster_;
  std::vector<Honest> honest_;
  std::size_t next_ = 0;  // of the honest jobs
  std::size_t acts_ = 0;  // so far
  std::vector<ServerState> first_;
  std::size_t log_began_ = 0;  // where the master's log ended when the act began
};

}  // namespace tilework::test

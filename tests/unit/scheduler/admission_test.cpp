// Who gets a place: by example, and at random against a plain model of the promises in admission.h.
#include "server/engine/scheduler/admission.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include <catch2/catch.hpp>

namespace tilework::engine {
namespace {

using Jobs = std::vector<JobId>;
constexpr auto small = JobSize::small;
constexpr auto large = JobSize::large;

void submit(Admission& admission, JobId first, JobId last, ClientId client, JobSize size = large) {
  for (JobId job = first; job <= last; ++job) admission.submitted(job, client, size);
}

TEST_CASE("one client alone has all places, and its jobs run in their order", "[admission]") {
  Admission admission({.large_places = 4});
  submit(admission, 1, 6, 1);
  CHECK(admission.admit() == Jobs{1, 2, 3, 4});
  admission.ended(2);
  CHECK(admission.admit() == Jobs{5});
  admission.ended(5);
  CHECK(admission.admit() == Jobs{6});
}

TEST_CASE("another client's first job runs at once, and its others when places are free", "[admission]") {
  Admission admission({.large_places = 4});
  submit(admission, 1, 9, 1);
  REQUIRE(admission.admit().size() == 4);
  submit(admission, 10, 12, 2);
  CHECK(admission.admit() == Jobs{10});
  admission.ended(1);  // four run now
  CHECK(admission.admit().empty());
  admission.ended(2);  // client 1 has two running, client 2 has one
  CHECK(admission.admit() == Jobs{11});
}

TEST_CASE("where many clients have a large job each, some wait, and small jobs don't", "[admission]") {
  Admission admission({.small_places = 4, .large_places = 4});
  for (ClientId client = 1; client <= 20; ++client) admission.submitted(client, client, large);
  CHECK(admission.admit() == Jobs{1, 2, 3, 4});
  admission.submitted(21, 20, small);
  CHECK(admission.admit() == Jobs{21});
  admission.ended(3);
  CHECK(admission.admit() == Jobs{5});
}

TEST_CASE("a client's own small job runs beside its large ones", "[admission]") {
  Admission admission({});
  submit(admission, 1, 8, 1);
  REQUIRE(admission.admit().size() == 4);
  admission.submitted(9, 1, small);
  CHECK(admission.admit() == Jobs{9});
}

TEST_CASE("ten thousand small jobs of one client don't keep another's waiting", "[admission]") {
  Admission admission({.small_places = 4});
  submit(admission, 1, 10'000, 1, small);
  REQUIRE(admission.admit().size() == 4);
  admission.submitted(10'001, 2, small);
  CHECK(admission.admit() == Jobs{10'001});
}

TEST_CASE("with one place, one job runs at a time, and clients take turns", "[admission]") {
  Admission admission({.large_places = 1});
  submit(admission, 1, 3, 1);
  CHECK(admission.admit() == Jobs{1});
  submit(admission, 4, 6, 2);
  CHECK(admission.admit().empty());
  Jobs order;
  for (JobId running = 1; order.size() < 5;) {
    admission.ended(running);
    const Jobs next = admission.admit();
    REQUIRE(next.size() == 1);
    order.push_back(running = next[0]);
  }
  CHECK(order == Jobs{4, 2, 5, 3, 6});
}

TEST_CASE("a small job that turns out large gives its place to the next, and waits in its order",
          "[admission]") {
  Admission admission({.small_places = 1, .large_places = 1});
  admission.submitted(1, 1, small);
  submit(admission, 2, 3, 1);
  admission.submitted(4, 1, small);
  REQUIRE(admission.admit() == Jobs{1, 2});
  admission.grew(1);
  CHECK(admission.admit() == Jobs{4});
  admission.ended(2);
  CHECK(admission.admit() == Jobs{1});
}

TEST_CASE("a job that gives up waiting, or is unknown, changes nothing for others", "[admission]") {
  Admission admission({.large_places = 1});
  submit(admission, 1, 3, 1);
  REQUIRE(admission.admit() == Jobs{1});
  admission.ended(2);
  admission.ended(77);
  admission.grew(77);
  admission.grew(1);
  CHECK(admission.admit().empty());
  admission.ended(1);
  CHECK(admission.admit() == Jobs{3});
  admission.ended(3);
  CHECK(admission.running(large) == 0);
}

// What is known of all jobs, in the order of their ids, and what must hold of it.
class Model {
 public:
  explicit Model(AdmissionOptions options) : options_(options), admission_(options) {}

  void submit(ClientId client, JobSize size) {
    jobs_[++last_] = {client, size};
    admission_.submitted(last_, client, size);
    look();
  }

  void grow(JobId id) {
    Job& job = jobs_.at(id);
    admission_.grew(id);
    if (job.runs && job.size == small) job = {job.client, large};
    look();
  }

  void end(JobId id) {
    admission_.ended(id);
    const Job ended = jobs_.extract(id).mapped();
    if (!waits(ended.client, ended.size)) overtaken_.erase({ended.client, ended.size});
    look();
  }

  JobId any(std::mt19937& random) const {
    const auto at = std::uniform_int_distribution<std::size_t>(0, jobs_.size() - 1)(random);
    return std::next(jobs_.begin(), static_cast<std::ptrdiff_t>(at))->first;
  }
  JobId oldest_running() const {
    return std::ranges::find_if(jobs_, [](const auto& entry) { return entry.second.runs; })->first;
  }
  bool empty() const { return jobs_.empty(); }
  std::size_t ran() const { return ran_; }

 private:
  struct Job {
    ClientId client;
    JobSize size;
    bool runs = false;
    std::map<ClientId, int>
        overtaken{};  // by others' jobs, since it has been its client's next with nothing running
  };

  std::size_t places(JobSize size) const {
    return size == small ? options_.small_places : options_.large_places;
  }

  std::size_t running(JobSize size, std::optional<ClientId> client = {}) const {
    return static_cast<std::size_t>(std::ranges::count_if(jobs_, [&](const auto& entry) {
      const Job& job = entry.second;
      return job.runs && job.size == size && (!client || job.client == *client);
    }));
  }

  std::size_t clients_running(JobSize size) const {
    std::set<ClientId> clients;
    for (const auto& [id, job] : jobs_) {
      if (job.runs && job.size == size) clients.insert(job.client);
    }
    return clients.size();
  }

  bool waits(ClientId client, JobSize size) const {
    return std::ranges::any_of(jobs_, [&](const auto& entry) {
      return entry.second.client == client && entry.second.size == size && !entry.second.runs;
    });
  }

  // The first of its client's that waits.
  bool is_next(JobId id) const {
    const Job& job = jobs_.at(id);
    return !job.runs && std::ranges::none_of(jobs_, [&](const auto& entry) {
      return entry.first < id && entry.second.client == job.client && entry.second.size == job.size &&
             !entry.second.runs;
    });
  }

  bool has_place(const Job& job) const {
    const bool is_first = running(job.size, job.client) == 0;
    return (is_first ? clients_running(job.size) : running(job.size)) < places(job.size);
  }

  void look() {
    for (const JobId id : admission_.admit()) check_admitted(id);
    for (const auto& [id, job] : jobs_) CHECK_FALSE((!job.runs && has_place(job)));
    for (const JobSize size : {small, large}) {
      CHECK(running(size) == admission_.running(size));
      CHECK(clients_running(size) <= places(size));
      CHECK(running(size) <= 2 * places(size) - 1);
    }
  }

  void check_admitted(JobId id) {
    Job& job = jobs_.at(id);
    CHECK(is_next(id));
    CHECK(has_place(job));
    const std::size_t has = running(job.size, job.client);
    for (auto& [other_id, other] : jobs_) {
      if (other.size != job.size || other.client == job.client || !is_next(other_id)) continue;
      const std::size_t other_has = running(other.size, other.client);
      CHECK(has <= other_has);  // who has least comes first
      if (other_has == 0) CHECK(++overtaken_[{other.client, other.size}][job.client] <= 1);
    }
    overtaken_.erase({job.client, job.size});
    job.runs = true;
    ++ran_;
  }

  AdmissionOptions options_;
  Admission admission_;
  JobId last_ = 0;
  std::map<JobId, Job> jobs_;
  // By whom, and how often, while a client has nothing running and waits.
  std::map<std::pair<ClientId, JobSize>, std::map<ClientId, int>> overtaken_;
  std::size_t ran_ = 0;
};

TEST_CASE("whatever comes in whatever order, all promises of admission hold and all jobs run",
          "[admission]") {
  const auto seed = GENERATE(range(1u, 9u));
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto dice = [&](unsigned sides) { return random() % sides; };
  Model model({.small_places = 1 + dice(4), .large_places = 1 + dice(4)});
  for (int event = 0; event < 600; ++event) {
    const unsigned what = dice(10);
    if (what < 5 || model.empty()) {
      model.submit(1 + dice(2) * dice(9), dice(2) == 0 ? small : large);  // the first client has half of all
    } else if (what == 5) {
      model.grow(model.any(random));
    } else if (what == 6) {
      model.end(model.any(random));
    } else {
      model.end(model.oldest_running());
    }
  }
  while (!model.empty()) model.end(model.oldest_running());
  CHECK(model.ran() > 200);
}

}  // namespace
}  // namespace tilework::engine

// The session that the program works with: with the masters that were named, or with a private cluster, which
// is started beside the user interface. The main thread; returns at once.
#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "client/preview/previewer.h"
#include "client/session/local_cluster.h"
#include "client/session/master_probe.h"
#include "client/session/session.h"
#include "client/ui/model.h"

namespace tilework::client {

class Connection final : public RenderPort {
 public:
  // `masters` as --master takes them; empty: a private cluster. `wake` is called on any thread when poll()
  // has something to do.
  Connection(const std::string& masters, std::function<void()> wake);
  ~Connection() override;

  // Once a frame.
  void poll(std::vector<Notice>& notices);
  // Asks for the workers' state, and now and then whether masters that aren't in use answer; poll() puts it
  // into the view.
  void ask_status();

  // Null until there is one.
  Session* session() { return session_.get(); }
  bool is_connected() const { return has_filters_; }
  // In a few words, for people.
  const std::string& text() const { return text_; }
  const ClusterView& view() const { return view_; }
  const std::vector<FilterDescription>& filters() const { return filters_; }
  bool has_filters() const { return has_filters_; }
  std::uint64_t revision() const { return revision_; }

  std::uint64_t render(std::uint64_t picture, RenderRequest request, RenderObserver observer) override;
  void cancel(std::uint64_t render) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct News {
    std::mutex mutex;
    std::vector<LinkNews> links;
  };

  void open_session(std::vector<transport::Endpoint> masters);
  void take_link_news(std::vector<Notice>& notices);
  void take_filters(std::vector<Notice>& notices);
  void take_status();
  void ask_masters();
  void take_masters();

  std::function<void()> wake_;
  std::shared_ptr<News> news_ = std::make_shared<News>();
  std::stop_source stop_;
  std::future<std::unique_ptr<LocalCluster>> starting_;
  std::unique_ptr<LocalCluster> local_;
  std::unique_ptr<Session> session_;
  std::future<FilterList> filters_answer_;
  Clock::time_point ask_filters_at_{};
  std::future<ClusterStatus> status_answer_;
  Clock::time_point status_time_{};
  std::map<std::string, MasterProbe> probes_;  // by address, of masters that aren't in use
  Clock::time_point ask_masters_at_{};
  std::string text_;
  ClusterView view_;
  std::vector<FilterDescription> filters_;
  bool has_filters_ = false;
  std::string why_no_filters_;  // that the user was told
  std::uint64_t revision_ = 0;
};

}  // namespace tilework::client

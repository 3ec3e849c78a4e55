#include "client/desktop/connection.h"

#include <algorithm>
#include <utility>

#include "schema/transport/endpoint.h"

namespace tilework::client {
namespace {

using namespace std::chrono_literals;

template <class Value>
bool is_ready(const std::future<Value>& answer) {
  return answer.valid() && answer.wait_for(0s) == std::future_status::ready;
}

// What is new and gone between two lists of filters, in a line.
std::string difference(const std::vector<FilterDescription>& before,
                       const std::vector<FilterDescription>& after) {
  std::string text;
  const auto add = [&](const std::string& what, const std::string& name) {
    text += (text.empty() ? "" : ", ") + what + ' ' + name;
  };
  for (const auto& filter : after) {
    const auto old = std::ranges::find(before, filter.name, &FilterDescription::name);
    if (old == before.end()) add("new filter", filter.name);
    if (old != before.end() && old->version != filter.version)
      add("now " + filter.version + " of", filter.name);
  }
  for (const auto& filter : before) {
    if (std::ranges::find(after, filter.name, &FilterDescription::name) == after.end())
      add("gone:", filter.name);
  }
  return text;
}

}  // namespace

Connection::Connection(const std::string& masters, std::function<void()> wake) : wake_(std::move(wake)) {
  if (!masters.empty()) {
    open_session(transport::parse_endpoints(masters));
    return;
  }
  view_.is_private = true;
  text_ = "Starting a cluster on this machine...";
  starting_ = std::async(std::launch::async, [wake = wake_, stop = stop_.get_token()] {
    auto cluster = std::make_unique<LocalCluster>(LocalClusterOptions{}, stop);
    wake();
    return cluster;
  });
}

Connection::~Connection() {
  stop_.request_stop();
  probes_.clear();
  session_ = nullptr;  // before its cluster
}

void Connection::open_session(std::vector<transport::Endpoint> masters) {
  view_.masters.clear();
  for (const auto& master : masters) view_.masters.push_back({master.text()});
  text_ = "Connecting to " + masters.front().text() + "...";
  SessionOptions options;
  options.name = "tilework-desktop";
  options.answered = wake_;
  options.link_changed = [news = news_, wake = wake_](const LinkNews& link) {
    {
      const std::scoped_lock lock(news->mutex);
      news->links.push_back(link);
    }
    wake();
  };
  session_ = std::make_unique<Session>(std::move(masters), std::move(options));
  filters_answer_ = session_->filters();
}

void Connection::poll(std::vector<Notice>& notices) {
  if (is_ready(starting_)) {
    try {
      local_ = starting_.get();
      open_session({local_->endpoint()});
    } catch (const Error& error) {
      text_ = error.what();
      notices.push_back({Notice::Kind::trouble, text_});
    }
  }
  take_link_news(notices);
  take_filters(notices);
  take_status();
  take_masters();
}

void Connection::take_link_news(std::vector<Notice>& notices) {
  std::vector<LinkNews> links;
  {
    const std::scoped_lock lock(news_->mutex);
    links.swap(news_->links);
  }
  for (const auto& link : links) {
    const bool was_lost = std::ranges::any_of(view_.masters, &MasterView::is_lost);
    for (auto& master : view_.masters) {
      if (link.connected) master.is_current = master.address == link.master;
      if (master.address != link.master) continue;
      master.is_lost = !link.connected;
      master.why = link.why;
      if (!link.connected) master.is_current = false;
    }
    if (link.connected) {
      text_ = view_.is_private ? "This machine" : link.master;
      if (was_lost) notices.push_back({Notice::Kind::success, "Going on at " + link.master});
      if (!was_lost && !why_no_filters_.empty())
        notices.push_back({Notice::Kind::success, "Connected to " + link.master});
      why_no_filters_.clear();
    } else {
      text_ = "Lost " + link.master + ", looking for a master...";
      notices.push_back({Notice::Kind::trouble, "The master at " + link.master + " was lost (" + link.why +
                                                    "). Nothing is lost here."});
    }
  }
}

void Connection::take_filters(std::vector<Notice>& notices) {
  if (session_ && !filters_answer_.valid() && Clock::now() >= ask_filters_at_) {
    filters_answer_ = session_->filters(revision_);
  }
  if (!is_ready(filters_answer_)) return;
  try {
    FilterList list = filters_answer_.get();
    std::vector<FilterDescription> filters;
    for (const auto& plugin : list.plugins) {
      filters.insert(filters.end(), plugin.filters.begin(), plugin.filters.end());
    }
    std::ranges::sort(filters, {}, &FilterDescription::name);
    if (has_filters_) {
      const std::string news = difference(filters_, filters);
      if (!news.empty()) notices.push_back({Notice::Kind::information, "Filters: " + news});
    }
    filters_ = std::move(filters);
    view_.plugins = std::move(list.plugins);
    revision_ = list.revision;
    has_filters_ = true;
    filters_answer_ = session_->filters(revision_);
  } catch (const Error& error) {
    text_ = error.fault() == Fault::unreachable ? "not reachable" : error.what();
    if (!has_filters_ && why_no_filters_ != error.what()) {
      why_no_filters_ = error.what();
      notices.push_back({Notice::Kind::trouble, why_no_filters_});
    }
    ask_filters_at_ = Clock::now() + 2s;
  }
}

void Connection::ask_status() {
  if (session_ && !status_answer_.valid() && Clock::now() - status_time_ > 900ms) {
    status_answer_ = session_->status();
  }
  ask_masters();
}

void Connection::ask_masters() {
  if (!probes_.empty() || Clock::now() < ask_masters_at_) return;
  for (const auto& master : view_.masters) {
    if (master.is_current) continue;
    probes_.try_emplace(master.address, transport::parse_endpoints(master.address).front(), wake_);
  }
  ask_masters_at_ = Clock::now() + 5s;
}

void Connection::take_masters() {
  for (auto probe = probes_.begin(); probe != probes_.end();) {
    const auto answer = probe->second.take();
    if (!answer) {
      ++probe;
      continue;
    }
    for (auto& master : view_.masters) {
      if (master.address == probe->first) master.answer = answer;
    }
    probe = probes_.erase(probe);
  }
}

void Connection::take_status() {
  if (!is_ready(status_answer_)) return;
  const auto now = Clock::now();
  try {
    ClusterStatus status = status_answer_.get();
    const double seconds = std::chrono::duration<double>(now - status_time_).count();
    if (view_.status && seconds < 5) {
      for (const auto& worker : status.workers) {
        const auto before = std::ranges::find(view_.status->workers, worker.name, &WorkerSummary::name);
        if (before == view_.status->workers.end() || worker.segments_done < before->segments_done) continue;
        view_.segments_per_second[worker.name] =
            static_cast<double>(worker.segments_done - before->segments_done) / seconds;
        view_.cpu_percent[worker.name] =
            std::chrono::duration<double>(worker.cpu_time - before->cpu_time).count() / seconds * 100;
      }
    }
    view_.status = std::move(status);
  } catch (const Error&) {
    view_.status.reset();  // the link's news tell why
  }
  status_time_ = now;
}

std::uint64_t Connection::render(std::uint64_t picture, RenderRequest request, RenderObserver observer) {
  return session_->render(picture, std::move(request), std::move(observer));
}

void Connection::cancel(std::uint64_t render) {
  if (session_) session_->cancel_render(render);
}

}  // namespace tilework::client

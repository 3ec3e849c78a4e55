// The masters that a command speaks to, and the token that it shows them.
#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "client/admin/admin_session.h"
#include "schema/model/error.h"

namespace tilework::admin {

// What all commands have in common.
struct CommonOptions {
  std::string masters;     // HOST:PORT,...; empty: $TILEWORK_MASTER, and without that this machine's
  std::string token_file;  // empty: $TILEWORK_ADMIN_TOKEN_FILE, and without that this user's own master's
  bool json = false;
};

std::vector<transport::Endpoint> masters_of(const CommonOptions& options);
std::filesystem::path token_file_of(const CommonOptions& options);

// What to do about that kind of error, in a sentence, where it is always the same; otherwise empty.
std::string advice(Fault fault);

// A master of the list, by itself.
struct OneMaster {
  OneMaster(const transport::Endpoint& master, const client::AdminOptions& options)
      : endpoint(master), session({master}, options) {}

  transport::Endpoint endpoint;
  client::AdminSession session;
};

// What one master answered, or why it didn't.
template <class Value>
struct MasterAnswer {
  std::string master;
  std::optional<Value> value;
  std::optional<Error> error;
};

class Access {
 public:
  // Reads the token. A request to stop cancels all calls. Throws tilework::Error.
  Access(const CommonOptions& options, const std::stop_token& stop);

  // With the first master that answers.
  client::AdminSession& session();
  // Each by itself, in the order of the list.
  std::deque<OneMaster>& each();

 private:
  struct CancelAll {
    client::AdminSession& session;
    void operator()() const { session.cancel_all(); }
  };
  using OnStop = std::stop_callback<CancelAll>;

  std::vector<transport::Endpoint> masters_;
  client::AdminOptions options_;
  std::stop_token stop_;
  std::optional<client::AdminSession> session_;
  std::deque<OneMaster> each_;
  std::deque<OnStop> on_stop_;
};

// The answers of all masters, in the order of the list. Asks all at once, so that those that don't answer
// cost their time-out once. `ask` gets a session. Throws what isn't one master's fault: that the call was
// cancelled.
template <class Ask>
auto ask_each(Access& access, Ask ask) {
  using Future = std::invoke_result_t<Ask, client::AdminSession&>;
  using Value = decltype(std::declval<Future&>().get());
  std::vector<Future> futures;
  for (auto& master : access.each()) futures.push_back(ask(master.session));
  std::vector<MasterAnswer<Value>> answers;
  for (std::size_t i = 0; i < futures.size(); ++i) {
    MasterAnswer<Value> answer{access.each()[i].endpoint.text(), {}, {}};
    try {
      answer.value = futures[i].get();
    } catch (const Error& error) {
      if (error.fault() == Fault::cancelled) throw;
      answer.error = error;
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace tilework::admin

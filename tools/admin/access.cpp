#include "tools/admin/access.h"

#include <cstdlib>

#include "client/admin/token_file.h"
#include "schema/model/state_folder.h"

namespace tilework::admin {
namespace {

// The option's value, or the variable's; empty if there is neither.
std::string given(const std::string& option, const char* variable) {
  if (!option.empty()) return option;
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

}  // namespace

std::vector<transport::Endpoint> masters_of(const CommonOptions& options) {
  const std::string text = given(options.masters, "TILEWORK_MASTER");
  return text.empty() ? std::vector<transport::Endpoint>{{"127.0.0.1", transport::default_port}}
                      : transport::parse_endpoints(text);
}

std::filesystem::path token_file_of(const CommonOptions& options) {
  const std::string text = given(options.token_file, "TILEWORK_ADMIN_TOKEN_FILE");
  if (!text.empty()) return text;
  const auto folder = default_state_folder();
  if (folder.empty()) {
    throw UserError("there is no $HOME to look for the token in; name its file with --token-file");
  }
  return folder / "admin-token";
}

std::string advice(Fault fault) {
  if (fault == Fault::unreachable) {
    return "Is tilework-server running there? Masters are named by --master or $TILEWORK_MASTER.";
  }
  if (fault == Fault::denied) {
    return "The token lies on the master's machine, in the file that its log names at the start "
           "(~/.local/state/tilework/admin-token unless --state says otherwise). Copy that file here with "
           "mode 0600, "
           "and name it with --token-file or $TILEWORK_ADMIN_TOKEN_FILE.";
  }
  return "";
}

Access::Access(const CommonOptions& options, const std::stop_token& stop)
    : masters_(masters_of(options)), stop_(stop) {
  options_.token = client::read_token_file(token_file_of(options));
}

client::AdminSession& Access::session() {
  if (!session_) {
    session_.emplace(masters_, options_);
    on_stop_.emplace_back(stop_, CancelAll{*session_});
  }
  return *session_;
}

std::deque<OneMaster>& Access::each() {
  if (each_.empty()) {
    for (const auto& master : masters_) {
      each_.emplace_back(master, options_);
      on_stop_.emplace_back(stop_, CancelAll{each_.back().session});
    }
  }
  return each_;
}

}  // namespace tilework::admin

#include "server/logging/log_line.h"

#include <string>
#include <string_view>

#include <spdlog/pattern_formatter.h>

#include "schema/model/clean_text.h"

namespace tilework::logging {
namespace {

class CleanMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& to) override {
    const std::string line = clean_line({message.payload.data(), message.payload.size()}, longest_text);
    to.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<CleanMessage>(); }
};

}  // namespace

std::unique_ptr<spdlog::formatter> line_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<CleanMessage>('*').set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z level=%l pid=%P %*");
  return formatter;
}

}  // namespace tilework::logging

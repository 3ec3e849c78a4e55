// A log whose lines are all made, as a server's are, and that nobody reads.
#pragma once

#include <memory>

#include "server/log_ring.h"
#include "server/logging/log.h"
#include "server/logging/log_line.h"

namespace tilework::fuzz {

inline std::shared_ptr<server::LogRing> quiet_log() {
  auto ring = std::make_shared<server::LogRing>();
  auto logger = std::make_shared<spdlog::logger>("fuzz", ring);
  logger->set_formatter(logging::line_formatter());
  spdlog::set_default_logger(std::move(logger));
  return ring;
}

}  // namespace tilework::fuzz

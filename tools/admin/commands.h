// The commands. Each prints its result, and returns the exit code or throws tilework::Error.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "client/common/exit_code.h"
#include "tools/admin/access.h"
#include "tools/admin/tables.h"

namespace tilework::admin {

enum class List { masters, workers, plugins, jobs, clients };

// Again and again with the pause between, if there is one.
cli::ExitCode show_list(const CommonOptions& common, List list, const ListChoice& choice,
                        std::optional<double> pause_seconds, const std::stop_token& stop);

struct LogOptions {
  bool follow = false;
  std::uint32_t lines = 100;  // at the start
};

cli::ExitCode logs(const CommonOptions& common, const LogOptions& options, const std::stop_token& stop);

// All masters that answer and know the worker are told.
cli::ExitCode drain(const CommonOptions& common, const std::string& worker, bool draining,
                    const std::stop_token& stop);

cli::ExitCode cancel(const CommonOptions& common, const std::string& job, const std::stop_token& stop);

cli::ExitCode end_client(const CommonOptions& common, const std::string& client, const std::stop_token& stop);

cli::ExitCode install(const CommonOptions& common, const std::string& file, const std::stop_token& stop);
cli::ExitCode withdraw(const CommonOptions& common, const std::string& name, const std::stop_token& stop);
cli::ExitCode retry(const CommonOptions& common, const std::string& name, const std::stop_token& stop);
cli::ExitCode roll_back(const CommonOptions& common, const std::string& name, const std::stop_token& stop);

}  // namespace tilework::admin

#include <iostream>

#include "client/common/text.h"
#include "tools/admin/commands.h"
#include "tools/admin/json.h"

namespace tilework::admin {
namespace {

// A log without lines is waited for no longer than that, unless it is followed.
constexpr auto patience = std::chrono::seconds(2);

constexpr std::uint32_t most_at_once = 2'000;  // what a master keeps

void print(const std::vector<LogLine>& lines, bool json) {
  for (const auto& line : lines) {
    std::cout << (json ? dump(to_json(line), true) : cli::printable(line.text) + "\n");
  }
  std::cout << std::flush;
}

}  // namespace

cli::ExitCode logs(const CommonOptions& common, const LogOptions& options, const std::stop_token& stop) {
  Access access(common, stop);
  // Connects, and says so if that fails: the wait below is for lines alone.
  access.session().overview().get();
  auto answer = access.session().logs(0, options.lines);
  if (!options.follow && answer.wait_for(patience) != std::future_status::ready) {
    std::cerr << "The master has logged nothing.\n";
    return cli::success;
  }
  for (std::uint64_t last = 0;;) {
    const auto lines = answer.get();
    if (last != 0 && lines.front().number > last + 1) {
      std::cerr << "tilework-admin: " << lines.front().number - last - 1
                << " lines came too fast to be shown\n";
    }
    print(lines, common.json);
    if (!options.follow) return cli::success;
    last = lines.back().number;
    answer = access.session().logs(last, most_at_once);
  }
}

}  // namespace tilework::admin

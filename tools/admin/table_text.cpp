#include "tools/admin/table_text.h"

#include <algorithm>
#include <cctype>

#include "tools/admin/columns.h"

namespace tilework::admin {
namespace {

constexpr std::size_t least_id_length = 8;

std::size_t digits_at(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, [](unsigned char c) { return std::isdigit(c) != 0; });
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

std::string share(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(part) + "/" + std::to_string(whole);
}

std::string counted(std::uint64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

bool natural_less(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::size_t of_a = digits_at(a);
    const std::size_t of_b = digits_at(b);
    if (of_a > 0 && of_b > 0) {
      if (of_a != of_b) return of_a < of_b;
      if (const int order = a.substr(0, of_a).compare(b.substr(0, of_b)); order != 0) return order < 0;
      a.remove_prefix(of_a);
      b.remove_prefix(of_b);
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

std::string age_text(std::chrono::milliseconds age) {
  const auto seconds = std::max<std::int64_t>(0, age.count() / 1000);
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 60 * 60) return std::to_string(seconds / 60) + " min";
  if (seconds < 48 * 60 * 60) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86400) + " d";
}

std::size_t telling_length(const std::vector<std::string>& ids) {
  std::vector<std::string> sorted = ids;
  std::ranges::sort(sorted);
  std::size_t length = least_id_length;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i] == sorted[i - 1]) continue;
    const auto same = std::ranges::mismatch(sorted[i - 1], sorted[i]).in1 - sorted[i - 1].begin();
    length = std::max(length, static_cast<std::size_t>(same) + 1);
  }
  return length;
}

std::string sort_name(const std::string& head) {
  std::string name;
  for (const char c : head) name += c == ' ' ? '-' : static_cast<char>(std::tolower(c));
  return name;
}

const char* word(WorkerState state) {
  switch (state) {
    case WorkerState::ready:
      return "ready";
    case WorkerState::draining:
      return "draining";
    case WorkerState::drained:
      return "drained";
    case WorkerState::silent:
      return "silent";
    case WorkerState::aside:
      break;
  }
  return "set aside";
}

const char* word(PluginState state) {
  switch (state) {
    case PluginState::current:
      return "current";
    case PluginState::replaced:
      return "replaced";
    case PluginState::withdrawn:
      break;
  }
  return "withdrawn";
}

const char* word(JobState state) {
  switch (state) {
    case JobState::queued:
      return "queued";
    case JobState::running:
      return "running";
    case JobState::waiting:
      return "waiting";
    case JobState::done:
      return "done";
    case JobState::failed:
      return "failed";
    case JobState::cancelled:
      break;
  }
  return "cancelled";
}

}  // namespace tilework::admin

#include "tools/cli/progress_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "client/common/text.h"

namespace tilework::cli {
namespace {

constexpr std::size_t bar_width = 24;
constexpr std::size_t name_width = 24;

double fraction(const Activity& activity) {
  if (activity.total == 0) return 0;
  return std::min(1.0, static_cast<double>(activity.done) / static_cast<double>(activity.total));
}

std::string bar(double part) {
  const auto filled = static_cast<std::size_t>(part * bar_width);
  std::string text(bar_width, ' ');
  std::fill_n(text.begin(), filled, '=');
  if (filled > 0 && filled < bar_width) text[filled] = '>';
  return "[" + text + "]";
}

std::string speed_text(const Activity& activity) {
  const double seconds = static_cast<double>(activity.elapsed.count()) * 1e-6;
  if (activity.done == 0 || seconds < 0.1) return "";
  const double rate = static_cast<double>(activity.done) / seconds;
  if (activity.phase != Phase::running) return "  " + bytes_text(static_cast<std::uint64_t>(rate)) + "/s";
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), rate < 10 ? "  %.1f/s" : "  %.0f/s", rate);
  return buffer.data();
}

std::string measure(const Activity& activity) {
  std::array<char, 8> percent{};
  std::snprintf(percent.data(), percent.size(), "%3d %%", static_cast<int>(fraction(activity) * 100));
  std::string text = bar(fraction(activity)) + " " + percent.data();
  if (activity.phase == Phase::uploading) text += "  uploading";
  if (activity.phase == Phase::downloading) text += "  downloading";
  if (activity.phase == Phase::running && activity.total > 0) {
    text += "  " + std::to_string(activity.done) + "/" + std::to_string(activity.total) + " segments";
  }
  text += speed_text(activity);
  const auto left = time_left(activity);
  if (left.count() > 0) {
    const auto seconds = std::max<std::int64_t>(1, std::chrono::round<std::chrono::seconds>(left).count());
    text += "  " + (seconds < 60 ? std::to_string(seconds) + " s" : duration_text(left)) + " left";
  }
  return text;
}

std::string doing(const Activity& activity) {
  switch (activity.phase) {
    case Phase::waiting:
      return "waits for its turn";
    case Phase::queued:
      return "waits for the master";
    case Phase::no_worker:
      return "waits for a worker; none is connected";
    case Phase::no_master:
      return "looks for a master; its own was lost";
    default:
      return measure(activity);
  }
}

std::string_view without_first(std::string_view text, std::size_t characters) {
  while (characters > 0 && !text.empty()) {
    do text.remove_prefix(1);
    while (!text.empty() && (static_cast<unsigned char>(text[0]) & 0xc0) == 0x80);
    --characters;
  }
  return text;
}

std::string fitted(const std::string& name, std::size_t width) {
  const std::size_t long_by = width_of(name) > width ? width_of(name) - width + 2 : 0;
  if (long_by > 0) return ".." + std::string(without_first(name, long_by));
  return name + std::string(width - width_of(name), ' ');
}

}  // namespace

std::chrono::microseconds time_left(const Activity& activity) {
  const bool judged = activity.done > 0 && activity.done < activity.total &&
                      activity.elapsed >= std::chrono::milliseconds(500);
  if (!judged) return std::chrono::microseconds(0);
  const double left = static_cast<double>(activity.elapsed.count()) / static_cast<double>(activity.done) *
                      static_cast<double>(activity.total - activity.done);
  return std::chrono::microseconds(static_cast<std::int64_t>(left));
}

std::string progress_line(const std::string& name, const Activity& activity, std::size_t width) {
  std::string line = fitted(printable(name), name_width) + "  " + doing(activity);
  std::size_t end = line.size();
  while (width_of(std::string_view(line).substr(0, end)) > width) --end;
  return line.substr(0, end);
}

}  // namespace tilework::cli

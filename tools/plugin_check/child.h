// Runs code that may crash, hang or end its process, in a child. For a process with one thread: a child has
// that one alone, and locks that others held would stay locked.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace tilework::plugin_check {

// In the child: sends a line, which has no line break, to the parent.
using Send = std::function<void(const std::string& line)>;

// How a child ended, if not by coming to its end.
struct Ending {
  enum class Kind { complete, broken, overdue };
  Kind kind = Kind::complete;
  std::string text;  // in words: it crashed (and by which signal), it called exit(), it took too long
};

// Forks a child that runs `body` and then ends, and calls `on_line` for each line that it sends, as it
// comes. Its standard output is this process's standard error, so that a plugin that prints doesn't spoil a
// report. A child that sends nothing for longer than `limit` is killed. So are, at its end, the processes
// that it started. Throws std::system_error when there can't be one.
Ending run_in_child(std::chrono::milliseconds limit, const std::function<void(const Send&)>& body,
                    const std::function<void(const std::string& line)>& on_line);

}  // namespace tilework::plugin_check

// Runs something in a child process that it may end.
#pragma once

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace tilework::test {

// How the child ended that did this (waitpid(2)). `action` returns the exit code.
template <class Action>
int status_of_child(Action&& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    // Not the handlers of Catch and of the sanitizers.
    for (const int crash : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE}) ::signal(crash, SIG_DFL);
    ::_exit(action());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// The signal that ended it; 0 when it ended by itself.
template <class Action>
int signal_of_child(Action&& action) {
  const int status = status_of_child([&] {
    action();
    return 0;
  });
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace tilework::test

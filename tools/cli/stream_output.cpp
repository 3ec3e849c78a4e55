#include "tools/cli/stream_output.h"

#include <array>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/common/text.h"
#include "schema/model/error.h"
#include "tools/cli/outputs.h"
#include "tools/cli/wait_for_pipe.h"

namespace tilework::cli {
namespace {

[[noreturn]] void fail(const std::string& output, int error) {
  const std::string why = error == EPIPE ? "its reader went away" : system_text(error);
  throw Error(Fault::failed, shown_output(output) + " can't be written: " + why);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }

 private:
  int number_;
};

int open_stream(const std::string& output) {
  if (output == "-") return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  return ::open(output.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void refuse(const std::string& output, const std::string& why) {
  throw UserError(shown_output(output) + " " + why + "; choose another output with -o");
}

}  // namespace

bool is_stream(const std::string& output) {
  struct stat status {};
  return output == "-" ||
         (::stat(output.c_str(), &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)));
}

void check_stream(const std::string& output) {
  struct stat status {};
  if (output != "-" && ::stat(output.c_str(), &status) == 0 && S_ISFIFO(status.st_mode)) {
    // A reader that waits for the FIFO to be opened would take what follows for its end.
    if (::access(output.c_str(), W_OK) != 0) refuse(output, "can't be written: " + system_text(errno));
    return;
  }
  const Descriptor opened(open_stream(output));
  if (opened < 0) refuse(output, "can't be written: " + system_text(errno));
  if (::isatty(opened) == 1) refuse(output, "is a terminal, which can't show an image");
  if ((::fcntl(opened, F_GETFL) & O_ACCMODE) == O_RDONLY) refuse(output, "is open for reading alone");
}

std::optional<std::pair<dev_t, ino_t>> file_behind(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

void StreamOutput::deliver(const std::stop_token& stop) const {
  int number = open_stream(output_);
  for (; number < 0 && errno == ENXIO; number = open_stream(output_)) wait_a_moment(stop);
  const Descriptor to(number);
  if (to < 0) fail(output_, errno);
  // A pipe that can be written takes so much without waiting.
  std::array<char, PIPE_BUF> piece;
  off_t done = 0;
  while (true) {
    const ssize_t got = ::pread(file_.descriptor(), piece.data(), piece.size(), done);
    if (got < 0) fail(output_, errno);
    if (got == 0) return;
    wait_for_pipe(to, PipeEnd::writing, stop);
    const ssize_t put = ::write(to, piece.data(), static_cast<std::size_t>(got));
    if (put < 0 && errno != EINTR && errno != EAGAIN) fail(output_, errno);
    if (put > 0) done += put;
  }
}

}  // namespace tilework::cli

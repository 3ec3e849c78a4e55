#include "tools/cli/standard_input.h"

#include <array>
#include <cerrno>
#include <utility>

#include <unistd.h>

#include "client/common/text.h"
#include "schema/model/error.h"
#include "schema/model/image_format.h"
#include "tools/cli/wait_for_pipe.h"

namespace tilework::cli {
namespace {

constexpr std::size_t magic_bytes = 12;  // as format_of_content() wants them

}  // namespace

StandardInput::StandardInput(std::stop_token stop) : stop_(std::move(stop)) {
  if (::isatty(STDIN_FILENO) == 1) {
    throw UserError(
        "standard input is a terminal, from which no image comes; give it one, as in < photo.jpg");
  }
  std::size_t size = 0;
  for (std::size_t more = 1; size < magic_bytes && more > 0; size += more) more = read_some();
  if (size == 0) throw UserError("standard input is empty (0 bytes), so it is not an image");
  std::array<unsigned char, magic_bytes> start{};
  const ssize_t got = ::pread(file_.descriptor(), start.data(), start.size(), 0);
  if (got <= 0) throw Error(Fault::failed, "the temporary file in " + file_.folder() + " can't be read");
  format_ = format_of_content(std::span(start).first(static_cast<std::size_t>(got))).value_or("");
}

void StandardInput::read_rest() {
  while (read_some() > 0) {
  }
}

std::size_t StandardInput::read_some() {
  std::array<char, 1 << 16> bytes;
  while (true) {
    wait_for_pipe(STDIN_FILENO, PipeEnd::reading, stop_);
    const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) {
      throw UserError("standard input can't be read: " + system_text(errno));
    }
    file_.append(bytes.data(), static_cast<std::size_t>(got), "standard input can't be stored");
    return static_cast<std::size_t>(got);
  }
}

}  // namespace tilework::cli

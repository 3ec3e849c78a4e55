#include "tools/cli/findings_file.h"

#include <cerrno>
#include <iostream>
#include <utility>

#include <unistd.h>

#include "client/common/text.h"
#include "client/session/job.h"
#include "schema/model/error.h"

namespace tilework::cli {

FindingsFile::FindingsFile(std::string name) : name_(std::move(name)) {
  if (name_ == "-") return;
  check_findings_file(name_);
  file_.emplace(name_, client::new_job_id());
}

void FindingsFile::write(const std::vector<ImageFindings>& images) {
  if (!file_) {
    std::cout << findings_text("findings.csv", images);
    return;
  }
  const std::string text = findings_text(name_, images);
  const auto to = file_->duplicate();
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t put = ::write(to, text.data() + done, text.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      throw Error(Fault::failed, name_ + " can't be written: " + system_text(errno));
    }
    done += static_cast<std::size_t>(put);
  }
  file_->commit();
}

}  // namespace tilework::cli

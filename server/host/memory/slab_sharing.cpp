#include "server/host/memory/slab_sharing.h"

#include <utility>

#include "schema/model/error.h"
#include "schema/transport/errors.h"
#include "server/host/memory/passed_descriptor.h"

namespace tilework::host {
namespace {

// Of one other process. More is a mistake there.
constexpr std::size_t most_slabs = 4096;

class SlabServer final : public rpc::Slab::Server {
 public:
  explicit SlabServer(kj::AutoCloseFd fd) : fd_(kj::mv(fd)) {}
  kj::Maybe<int> getFd() override { return fd_.get(); }

 private:
  kj::AutoCloseFd fd_;
};

kj::AutoCloseFd shareable(int fd) {
  return duplicate(fd, "memory can't be shared");
}

}  // namespace

class ReceivedSlabs::Entry final : public rpc::Held::Server {
 public:
  Entry(std::shared_ptr<Slabs> slabs, std::uint64_t id) : slabs_(std::move(slabs)), id_(id) {}
  ~Entry() noexcept { slabs_->erase(id_); }

 private:
  std::shared_ptr<Slabs> slabs_;
  std::uint64_t id_;
};

class ReceivedSlabs::Table final : public rpc::SlabTable::Server {
 public:
  explicit Table(std::shared_ptr<Slabs> slabs) : slabs_(std::move(slabs)) {}

 protected:
  kj::Promise<void> share(ShareContext context) override {
    auto slab = context.getParams().getSlab();
    return slab.getFd().then([this, context, slab](kj::Maybe<int>&& fd) mutable {
      transport::method([&] {
        const auto id = context.getParams().getId();
        KJ_IF_MAYBE (number, fd) {
          if (slabs_->size() >= most_slabs || slabs_->contains(id)) {
            throw Error(Fault::failed, "too many slabs were shared, or one of them twice");
          }
          slabs_->emplace(id, Slab::received(shareable(*number)));
          context.getResults().setHeld(kj::heap<Entry>(slabs_, id));
        } else {
          throw Error(Fault::machine, "a slab was shared without its memory" + why_no_descriptor());
        }
      });
    });
  }

 private:
  std::shared_ptr<Slabs> slabs_;
};

rpc::SlabTable::Client ReceivedSlabs::table() {
  return kj::heap<Table>(slabs_);
}

const std::shared_ptr<Slab>& ReceivedSlabs::at(std::uint64_t id) const {
  const auto found = slabs_->find(id);
  if (found == slabs_->end()) throw Error(Fault::failed, "pixels lie in a slab that wasn't shared");
  return found->second;
}

cv::Mat pixels_in(Slab& slab, rpc::SharedPixels::Reader where, cv::Size size, PixelFormat format) {
  const auto row_bytes = static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(format.bytes());
  std::byte* first =
      slab.rows(where.getOffset(), where.getStride(), static_cast<std::uint64_t>(size.height), row_bytes);
  return {size, format.cv_type(), first, where.getStride()};
}

kj::Promise<void> SlabSharer::share(Slab& slab, Access access) {
  return transport::method([&] { return share_once(slab, access); });
}

kj::Promise<void> SlabSharer::share_once(Slab& slab, Access access) {
  const auto id = slab.id();
  auto found = shared_->find(id);
  if (found != shared_->end() && found->second.known) return kj::READY_NOW;
  if (found == shared_->end()) {
    std::erase_if(*shared_, [](const auto& entry) { return entry.second.slab.expired(); });
    auto request = other_.shareRequest();
    request.setId(id);
    request.setSlab(
        kj::heap<SlabServer>(access == Access::write ? shareable(slab.fd()) : slab.read_only_fd()));
    auto held = request.send().then([](auto&& answer) { return answer.getHeld(); }).fork();
    found = shared_->emplace(id, Shared{slab.weak_from_this(), kj::mv(held)}).first;
  }
  return found->second.held.addBranch().then(
      [shared = shared_, id](rpc::Held::Client&&) {
        if (const auto known = shared->find(id); known != shared->end()) known->second.known = true;
      },
      [shared = shared_, id](kj::Exception&& error) {
        shared->erase(id);
        kj::throwFatalException(kj::mv(error));
      });
}

}  // namespace tilework::host

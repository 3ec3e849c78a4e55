// What a client has uploaded, and how much it has of what is limited. On the event loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <kj/io.h>

#include "schema/master.capnp.h"
#include "schema/model/error.h"
#include "server/imageio/source.h"

namespace tilework::master {

// Counts something of a client's for as long as it lives, against a limit.
class Counted {
 public:
  Counted(std::shared_ptr<unsigned> count, unsigned limit, const char* what) : count_(std::move(count)) {
    if (*count_ >= limit) {
      throw UserError("a client may have " + std::to_string(limit) + " " + what +
                      " at a time; wait for some to end");
    }
    ++*count_;
  }
  ~Counted() {
    if (count_) --*count_;
  }
  Counted(Counted&&) = default;
  KJ_DISALLOW_COPY(Counted);

 private:
  std::shared_ptr<unsigned> count_;
};

// All images of a client: how many, and the bytes of their files.
struct ImageTotals {
  std::shared_ptr<unsigned> images = std::make_shared<unsigned>(0);
  std::shared_ptr<std::uint64_t> bytes = std::make_shared<std::uint64_t>(0);
};

struct StoredImage {
  // Throws UserError when that were more images than the limit.
  StoredImage(std::string name, std::uint64_t bytes, const ImageTotals& totals, unsigned limit)
      : name(std::move(name)), bytes(bytes), counted(totals.images, limit, "images"), total(totals.bytes) {
    *total += bytes;
  }
  ~StoredImage() { *total -= bytes; }
  KJ_DISALLOW_COPY(StoredImage);

  // What holds for it, of the server's.
  imageio::Limits limits(imageio::Limits server) const {
    if (may_expand) server.expansion = 0;
    return server;
  }

  // It won't come, though its client may hold on to it.
  void give_up() { *total -= std::exchange(bytes, 0); }

  std::string name;  // what the user calls it
  std::uint64_t bytes;
  std::shared_ptr<kj::AutoCloseFd> file;  // set when all of it has come
  bool may_expand = false;                // to many times the file's size: its user says so
  Counted counted;
  std::shared_ptr<std::uint64_t> total;
};

class ImageServer final : public rpc::Image::Server {
 public:
  explicit ImageServer(std::shared_ptr<StoredImage> image) : image(std::move(image)) {}
  const std::shared_ptr<StoredImage> image;
};

}  // namespace tilework::master

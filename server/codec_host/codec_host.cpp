#include "server/codec_host/codec_host.h"

#include <vector>

#include <unistd.h>

#include "schema/model/error.h"
#include "schema/transport/errors.h"
#include "schema/wire/stage.h"
#include "schema/wire/text.h"
#include "server/codec_host/messages.h"
#include "server/host/memory/passed_descriptor.h"
#include "server/imageio/rows/spool_file.h"

namespace tilework::codec {
namespace {

using host::SlabPixels;

CodecThreads make_threads(bool in_background) {
  const auto make = [in_background] {
    if (!in_background) return std::make_shared<transport::WorkThreads>(1);
    return std::make_shared<transport::WorkThreads>(std::make_shared<transport::WorkThreads>(1));
  };
  return {make(), make()};
}

// For what can't stay in memory.
kj::Promise<void> lend_to(transport::WorkThreads& thread, rpc::HostFile::Client scratch) {
  return host::received_file(kj::mv(scratch)).then([&thread](kj::AutoCloseFd&& file) {
    return thread.run([file = std::make_shared<kj::AutoCloseFd>(kj::mv(file))] {
      imageio::SpoolFile::use_on_this_thread(file->get());
    });
  });
}

// On its thread, with what was lent to it.
template <class Work>
void end(transport::WorkThreads& thread, std::shared_ptr<Work> work) {
  thread
      .run([work = std::move(work)]() mutable {
        work.reset();
        imageio::SpoolFile::use_on_this_thread(-1);
      })
      .detach([](kj::Exception&&) {});
}

// What is made of an image. Used and destroyed on the encoder's thread.
struct Encoding {
  kj::AutoCloseFd file;
  imageio::Sink sink;
};

class ResultServer final : public rpc::CodecResult::Server {
 public:
  ResultServer(std::shared_ptr<host::ReceivedSlabs> slabs, CodecThreads threads,
               std::shared_ptr<Encoding> encoding, PixelFormat format)
      : slabs_(std::move(slabs)),
        threads_(std::move(threads)),
        encoding_(std::move(encoding)),
        format_(format) {}
  ~ResultServer() noexcept { end(*threads_.encoder, std::move(encoding_)); }

 protected:
  kj::Promise<void> lend(LendContext context) override {
    return lend_to(*threads_.encoder, context.getParams().getScratch());
  }

  kj::Promise<void> write(WriteContext context) override {
    return transport::method([&] {
      std::vector<SlabPixels> held;
      std::vector<cv::Mat> tiles;
      for (const auto tile : context.getParams().getTiles()) {
        const auto& slab = slabs_->at(tile.getPixels().getSlab());
        held.push_back(SlabPixels::received(slab, tile.getPixels(), read(tile.getSize()), format_));
        tiles.push_back(held.back().mapped());
      }
      return threads_.encoder->run([encoding = encoding_, tiles = std::move(tiles), held = std::move(held)] {
        encoding->sink.write(tiles);
      });
    });
  }

  kj::Promise<void> finish(FinishContext context) override {
    return threads_.encoder
        ->run([encoding = encoding_] {
          encoding->sink.finish();
          return encoding->sink.notes();
        })
        .then([context](std::vector<std::string>&& notes) mutable {
          codec::write(context.getResults().initNotes(static_cast<unsigned>(notes.size())), notes);
        });
  }

 private:
  std::shared_ptr<host::ReceivedSlabs> slabs_;
  CodecThreads threads_;
  std::shared_ptr<Encoding> encoding_;
  PixelFormat format_;
};

// The file, and what is read from it. Used and destroyed on the decoder's thread.
struct Opened {
  kj::AutoCloseFd file;
  std::string name;
  imageio::Limits limits;
  std::unique_ptr<imageio::Source> source{};

  void open() {
    source = nullptr;  // before another, as both use the file's position
    source = std::make_unique<imageio::Source>(file.get(), name, limits);
  }
};

// What it says, whoever reads it.
struct Said {
  imageio::Info info;
  imageio::Metadata metadata;
  imageio::Storage storage;
};

class ImageServer final : public rpc::CodecImage::Server {
 public:
  ImageServer(std::shared_ptr<host::ReceivedSlabs> slabs, CodecThreads threads,
              std::shared_ptr<Opened> opened, std::shared_ptr<const Said> said)
      : slabs_(std::move(slabs)),
        threads_(std::move(threads)),
        opened_(std::move(opened)),
        said_(std::move(said)) {}
  ~ImageServer() noexcept { end(*threads_.decoder, std::move(opened_)); }

 protected:
  kj::Promise<void> lend(LendContext context) override {
    return lend_to(*threads_.decoder, context.getParams().getScratch());
  }

  kj::Promise<void> read(ReadContext context) override {
    return transport::method([&] {
      const auto params = context.getParams();
      const auto band = pixels_of(params.getBand());
      const auto before = std::exchange(last_, band);
      const int known = params.getKnown();
      if (known < 0 || known > band.size.height || known > before.size.height) {
        throw UserError("more rows are said to be known than there are");
      }
      return threads_.decoder->run([opened = opened_, band, before, known] {
        band.slab->populate();
        const cv::Mat rows = band.mapped();
        if (known > 0) {
          const cv::Mat all = before.mapped();
          all.rowRange(all.rows - known, all.rows).copyTo(rows.rowRange(0, known));
        }
        cv::Mat fresh = rows.rowRange(known, rows.rows);
        opened->source->read(fresh);
      });
    });
  }

  kj::Promise<void> rewind(RewindContext) override {
    last_ = {};
    return threads_.decoder->run([opened = opened_] { opened->open(); });
  }

  kj::Promise<void> create(CreateContext context) override {
    return host::received_file(context.getParams().getFile()).then([this, context](kj::AutoCloseFd&& file) {
      return transport::method([&] { return make_result(context, kj::mv(file)); });
    });
  }

 private:
  SlabPixels pixels_of(rpc::SharedTile::Reader tile) const {
    return SlabPixels::received(slabs_->at(tile.getPixels().getSlab()), tile.getPixels(),
                                codec::read(tile.getSize()), said_->info.format);
  }

  kj::Promise<void> make_result(CreateContext context, kj::AutoCloseFd file) {
    const auto params = context.getParams();
    auto shared = std::make_shared<kj::AutoCloseFd>(kj::mv(file));
    const PixelFormat format = wire::read(params.getFormat());
    auto made = threads_.encoder->run([said = said_, shared, size = codec::read(params.getSize()), format,
                                       settings = codec::read(params.getSettings())] {
      imageio::Sink sink(shared->get(), size, format, said->metadata, settings, said->storage);
      return std::make_shared<Encoding>(Encoding{kj::mv(*shared), std::move(sink)});
    });
    return made.then([this, context, format](std::shared_ptr<Encoding>&& encoding) mutable {
      context.getResults().setNeedsFile(encoding->sink.needs_file());
      context.getResults().setResult(kj::heap<ResultServer>(slabs_, threads_, std::move(encoding), format));
    });
  }

  std::shared_ptr<host::ReceivedSlabs> slabs_;
  CodecThreads threads_;
  std::shared_ptr<Opened> opened_;
  std::shared_ptr<const Said> said_;
  SlabPixels last_;  // the band that was read last
};

}  // namespace

kj::Promise<void> CodecHost::isolation(IsolationContext context) {
  context.getResults().setInForce(isolation_);
  return kj::READY_NOW;
}

kj::Promise<void> CodecHost::slabs(SlabsContext context) {
  context.getResults().setTable(slabs_->table());
  return kj::READY_NOW;
}

const CodecThreads& CodecHost::threads(bool in_background) {
  CodecThreads& threads = in_background ? background_ : usual_;
  if (threads.decoder == nullptr) threads = make_threads(in_background);
  return threads;
}

kj::Promise<void> CodecHost::open(OpenContext context) {
  return host::received_file(context.getParams().getFile())
      .then([this, context](kj::AutoCloseFd&& file) mutable {
        const auto params = context.getParams();
        auto opened = std::make_shared<Opened>(
            Opened{kj::mv(file), wire::text(params.getName()), read(params.getLimits())});
        const CodecThreads& with = threads(params.getInBackground());
        return with.decoder
            ->run([opened] {
              opened->open();
              const auto& source = *opened->source;
              return std::make_shared<const Said>(Said{source.info(), source.metadata(), source.storage()});
            })
            .then([this, context, opened, with](std::shared_ptr<const Said>&& said) mutable {
              write(context.getResults().initInfo(), said->info);
              context.getResults().setImage(kj::heap<ImageServer>(slabs_, with, opened, kj::mv(said)));
            });
      });
}

}  // namespace tilework::codec

@0x8af5cb6b7458efc3;
# What a master offers to clients, workers and administrators. The connection's bootstrap capability is Master.
#
# Errors: a call that fails because of what the caller gave carries a text for a person; schema/transport/errors.h
# says how it is marked.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tilework::rpc");

using Common = import "common.capnp";
using Node = import "worker.capnp";
using Administration = import "admin.capnp";

struct MasterInfo {
  version @0 :Text;  # of the program
  epoch @1 :UInt64;  # of this start of the master
}

interface Master {
  openSession @0 (client :Common.ClientInfo) -> (session :ClientSession, master :MasterInfo);
  # For clients. Losing the connection ends the session, and cancels its jobs.

  join @1 (worker :Node.WorkerInfo, node :Node.Worker, slabs :Common.SlabTable,
        secret :Text)
      -> (membership :Membership, master :MasterInfo, slabs :Common.SlabTable, codec :Node.SegmentCodec,
          farewellKey :Data);
  # For workers. The membership lives as long as the returned capability; losing it returns the worker's segments.
  # Over the local socket, either side shares its slabs with the other; elsewhere both tables are null, and `codec`
  # says how the worker sends its results. Over the network, `secret` is what the file join-secret of the master's
  # state folder says. Over the local socket it isn't looked at. The connection
  # can't be a client's or an administrator's besides.

  localSocket @3 () -> (name :Text);
  # The name, in the abstract namespace of unix sockets, under which processes of this machine reach the same master
  # and can share memory with it. Empty when there is none.

  openAdmin @2 (token :Text) -> (admin :Administration.Admin);
  # For administrators. The token is what the file says that the master made at its first start.

  farewell @4 (key :Data, how :Text) -> ();
  # From who reports a worker's crash in its place, over a connection of its own. `key` is what its join() answered. An
  # unknown one changes nothing.
}

interface Membership {
  heartbeat @0 (status :Node.WorkerStatus) -> ();
  # Called by the worker about once a second. A master that hears none for its deadline drops the worker.

  leave @1 (how :Text) -> ();
  # The worker goes, as it was asked to ("it was stopped by SIGTERM"): its segments go to others. Nothing follows.
}

interface ClientSession {
  # What one client may do. It can't administer.

  filters @0 (known :UInt64) 
      -> (plugins :List(Common.Plugin), revision :UInt64, withdrawn :List(Text));
  # What new jobs may use, and the names of filters that they could use before. Answers when its revision differs from `known`: at once for 0, and at the next change for the
  # revision of the last answer. Dropping the call stops the wait.

  upload @1 (name :Text, size :UInt64, bytes :Data, mayExpand :Bool) -> (sink :Common.BlobSink, image :Image);
  # Announces an encoded file of `size` bytes. `name` is what the user calls it, for messages. The image can be used
  # when sink.done() has answered; a session that drops it frees its space. A file of at most 256 KiB may come along as
  # `bytes`: then there is no sink, and the image can be used at once. Where a large image is a thousand times as large
  # as its file, it is refused unless its user says that it is meant to be (`mayExpand`).

  submit @2 (job :JobRequest, watcher :JobWatcher) -> (job :Job);
  # Checks everything that can be checked without decoding, then queues the job. The id is the client's: submitting
  # an id again gives the same job.

  status @3 () -> (status :ClusterStatus);

  ping @4 () -> ();
  # Answers at once. Clients call it every few seconds: they find out about a master that is frozen, and the master, which
  # gives up a client of which it hears nothing for its deadline, about them.

  openPreview @5 (image :Image) -> (preview :Preview, picture :Picture);
  # Opens an uploaded image for looking at. Answers when its header was read; decoding goes on. The preview lives as
  # long as its capability, and needs the image no longer.
}

interface Image {
  # An uploaded file.
}

struct Picture {
  size @0 :Common.Size;
  format @1 :Common.PixelFormat;
  levels @2 :UInt32;     # level n has 1/2^n of the width and the height, rounded up; this many, with level 0
  notes @3 :List(Text);  # what the user should know, as "only the first of 12 frames was used"
}

interface Preview {
  # An open image, decoded, with its reductions.

  render @0 (request :RenderRequest, sink :PieceSink) -> (result :RenderResult);
  # Computes some rectangles of what the recipe gives, and answers when the last one was sent. Dropping the call ends
  # the work. With an empty recipe it is the image itself.
}

struct RenderRequest {
  recipe @0 :List(Common.FilterCall);
  level @1 :UInt32;               # parameters in pixels are scaled to it
  regions @2 :List(Common.Rect);  # in pixels of the level, inside it; at most 4096. None: nothing but the stats
  exactStats @3 :Bool;
  # Global filters get their stats from the image at full size, as in a job, though that may take as long as one. They
  # are kept. Otherwise stats that aren't known yet come from the whole image at the level.
  provisional @4 :Bool;
  # Of the image itself (an empty recipe), at the last two levels: pixels that are about right do, if the file gives them
  # sooner than by being decoded.
  detects @5 :Bool;
  # What the recipe's detectors find in the regions is wanted. At full size alone: a reduced image has other findings.
}

interface PieceSink {
  piece @0 (place :Common.Rect, format :Common.PixelFormat, pixels :Data) -> stream;
  # Part of a region: whole rows of it, without padding.
}

struct RenderResult {
  approximate @0 :List(UInt32);  # places in the recipe of filters that can't be scaled to this level
  microseconds @1 :UInt64;
  reducedStats @2 :List(UInt32);  # places of filters whose stats came from the image at this level
  provisional @3 :Bool;           # the pixels are about right
  findings @4 :List(Common.Finding);
  # Those whose centres lie in the regions, if they were wanted; in the order of a job's.
}

struct JobRequest {
  id @0 :Text;  # unique; letters, digits and dashes, at most 64
  image @1 :Image;
  recipe @2 :List(Common.FilterCall);
  format @3 :Text;         # the output's: jpeg, png, tiff, webp, bmp, gif
  jpegQuality @4 :UInt8;   # 1 to 100
  tile @5 :Common.Size;    # 0 x 0: the master chooses
  chroma @6 :Text;         # of JPEG: 4:4:4, 4:2:0, or auto, which is 4:2:0 below quality 90
  pictureSide @7 :UInt32;  # of what the watcher is shown of the result: pixels, at most 1024; 0: nothing
  compression @8 :Text = "auto";
  # Of TIFF: none, lzw, deflate, zstd, packbits, jpeg, ccitt, or auto, which is the image's own where that is TIFF too.
  lossless @9 :Bool;  # of WebP: without loss; of TIFF: no JPEG inside
}

interface JobWatcher {
  # Given by the client. Losing it doesn't disturb the job.

  progress @0 (progress :Progress) -> ();
  # The newest state. The next call comes after this one has answered; states between are skipped.

  piece @1 (whole :Common.Size, place :Common.Rect, format :Common.PixelFormat, pixels :Data) -> stream;
  # Part of a small picture of the result, of `whole` pixels, as soon as there is that part: whole rows of it with 8 bits
  # a channel, without padding. Parts come in any order, each once, and all of them before the job is done. None come of
  # tiles on whose borders the picture's pixels would lie.
}

struct Progress {
  state @0 :Common.JobState;
  segmentsDone @1 :UInt64;
  segmentsTotal @2 :UInt64;  # of all passes
  workers @3 :UInt32;        # connected now
}

interface Job {
  # Dropping it doesn't end the job; losing the session does.

  wait @0 () -> (result :JobResult, file :Common.BlobSource, bytes :Data);
  # Answers when the job is done, with the encoded file: as `bytes` if it has at most 256 KiB, and as `file` otherwise.
  # Fails with the job's reason.

  cancel @1 () -> ();
  # Ends the job; wait() fails with "cancelled".
}

struct JobResult {
  size @0 :UInt64;  # bytes of the file
  width @1 :Int32;
  height @2 :Int32;
  notes @3 :List(Text);     # what the user should know, as "only the first of 12 frames was used"
  runMicroseconds @4 :UInt64;  # from the start of decoding to the end of encoding
  segments @5 :UInt64;
  retried @6 :UInt64;       # attempts that had to be made again
  filters @7 :List(UsedFilter);  # in the order of the recipe
  wireBytes @8 :UInt64;     # of pixels and stats over the network, between master and workers
  findings @9 :List(Common.Finding);  # of its detectors, from top to bottom, then from left to right

  struct UsedFilter {
    name @0 :Text;
    version @1 :Text;
    digest @2 :Text;  # of its plugin
  }
}

struct ClusterStatus {
  master @0 :MasterInfo;
  workers @1 :List(WorkerEntry);

  struct WorkerEntry {
    id @0 :UInt64;
    info @1 :Node.WorkerInfo;
    status @2 :Node.WorkerStatus;
    busySlots @3 :UInt32;
    segmentsDone @4 :UInt64;
    failures @5 :UInt64;
    sentBytes @6 :UInt64;      # of pixels over the network, to the worker
    receivedBytes @7 :UInt64;  # of pixels and stats, from it
  }
}

@0xf162d09477a8c92e;
# What a worker offers to the masters that it has joined.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tilework::rpc");

using Common = import "common.capnp";

struct WorkerInfo {
  name @0 :Text;     # host and process, for people
  slots @1 :UInt32;  # segments that it processes at a time
  version @2 :Text;
  host @3 :Text;     # the machine's name
  process @4 :UInt32;
}

struct WorkerStatus {
  residentBytes @0 :UInt64;  # the worker and its filter hosts
  cpuMicroseconds @1 :UInt64;  # used since the start, likewise
  upSeconds @2 :UInt64;        # since it was started
  freeDiskBytes @3 :UInt64;    # where its state folder lies
  descriptors @4 :UInt32;      # that it has open
  descriptorLimit @5 :UInt32;
}

interface Worker {
  open @0 (stage :Common.Stage, plugins :PluginSource) -> (runner :StageRunner);
  # Prepares for the segments of one pass of a job; libraries that the worker lacks are fetched first. The runner holds
  # the stats; dropping it frees them.

  announce @1 (digests :List(Text), plugins :PluginSource) -> (present :List(Text));
  # All plugins that new jobs may need, told after joining and at each change. The worker fetches ahead what it lacks,
  # and answers with those of them that it has. A newer call says more than one that hasn't answered yet.
}

interface PluginSource {
  # The plugins of a master.

  get @0 (digest :Text) -> (size :UInt64, file :Common.BlobSource);
  # The library's bytes. Fails for a digest that neither is offered nor in use.
}

interface StageRunner {
  run @0 (segments :List(Segment)) -> (results :List(SegmentResult));
  # Computes segments, one or a bundle of small ones: one after the other in one filter host, and all or none. Answers
  # with a result for each, or with a single failure. Dropping the call cancels it, and really ends the work.
}

enum SegmentCodec {
  # When pixels that go in messages are packed. Either side understands both at any time.
  auto @0;  # where the sender finds that it pays
  none @1;
  zstd @2;  # always
}

struct Pixels {
  union {
    plain @0 :Data;                  # the rows, without padding
    packed @1 :Data;                 # likewise, in fewer bytes: see server/pixel_codec/codec.h
    shared @2 :Common.SharedPixels;  # in a slab that the receiver was told of
  }
}

struct Segment {
  tile @0 :Common.Rect;
  pixels @1 :Pixels;  # of segment_of(plan, pass, tile), in the stage's input format
}

struct SegmentResult {
  union {
    pixels @0 :Pixels;  # of the tile, in the plan's output format
    stats @1 :Data;     # where the pass analyses
    failure @2 :Failure;
  }
  microseconds @3 :UInt64;  # in the filters
  lease @4 :Lease;          # of shared pixels
  findings @5 :Common.Findings;
}

interface Lease {
  end @0 () -> ();
  # The pixels aren't needed any more, and their memory may be used again. Memory whose lease is lost in any other way
  # isn't: somebody may still read it.
}

struct Failure {
  filter @0 :Text;  # those that may be at fault, as "gaussian-blur + sharpen"; empty where the reason says it
  reason @1 :Text;  # for a person
  ofMachine @2 :Bool;
  # The worker's machine lacks something: this is neither the job's nor the filters' fault. Where one filter is named, it
  # lacks what that one needs.
}

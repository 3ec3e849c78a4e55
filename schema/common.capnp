@0xdaf0a1840eb6bc2f;
# Values that several interfaces speak in. schema/wire converts each of them from and to its C++ value.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tilework::rpc");

struct PixelFormat {
  depth @0 :UInt8;     # 0: 8 bit, 1: 16 bit, 2: 32 bit float
  channels @1 :UInt8;  # 1 to 4, interleaved, blue first; 2 and 4 end with alpha
}

struct Size {
  width @0 :Int32;   # pixels
  height @1 :Int32;
}

struct Rect {
  x @0 :Int32;  # pixels, from the image's top left corner
  y @1 :Int32;
  width @2 :Int32;
  height @3 :Int32;
}

struct Value {
  union {
    number @0 :Float64;  # whole numbers too
    switch @1 :Bool;
    choice @2 :Text;     # its name, so that it means the same in every version of a filter
    colour :group {      # parts from 0 to 1
      blue @3 :Float64;
      green @4 :Float64;
      red @5 :Float64;
    }
  }
}

struct Argument {
  name @0 :Text;
  value @1 :Value;
}

struct FilterCall {
  # One filter as a client asks for it. Parameters that aren't given take their defaults.
  filter @0 :Text;
  arguments @1 :List(Argument);
}

struct Parameter {
  name @0 :Text;
  label @1 :Text;
  unit @2 :Text;  # "px" for pixels
  help @3 :Text;
  type @4 :Type;
  choices @5 :List(Text);
  minimum @6 :Float64;  # the hard range, inclusive
  maximum @7 :Float64;
  softMinimum @8 :Float64;  # what a slider offers
  softMaximum @9 :Float64;
  initial @10 :List(Float64);  # three numbers: see PackedValue in schema/model/recipe.h

  enum Type {
    integer @0;
    odd @1;
    real @2;
    boolean @3;
    choice @4;
    colour @5;
  }
}

struct Filter {
  name @0 :Text;
  version @1 :Text;
  label @2 :Text;
  group @3 :Text;
  help @4 :Text;
  kind @5 :Kind;
  depths @6 :UInt32;    # bit n: takes depth n of PixelFormat
  channels @7 :UInt32;  # bit n: takes n channels
  parameters @8 :List(Parameter);
  alpha @9 :Alpha;      # what becomes of alpha, with the defaults of the parameters

  enum Alpha {
    aside @0;    # it stays as it is
    weighed @1;  # colours are weighed by it, and it is filtered like them
    taken @2;    # the filter itself deals with it
  }

  enum Kind {
    local @0;
    global @1;
    detector @2;
  }
}

struct Plugin {
  file @0 :Text;    # the file's name in its folder
  digest @1 :Text;  # BLAKE2b-256 of the file's bytes, in hexadecimal
  filters @2 :List(Filter);
}

struct BoundCall {
  # One filter with its parameters resolved, and the library that it comes from.
  filter @0 :Text;
  digest @1 :Text;
  values @2 :List(Float64);  # three numbers a parameter, in the order of the declaration
  version @3 :Text;          # for messages
}

struct Step {
  # See server/engine/plan.h.
  isGlobal @0 :Bool;
  haloLeft @1 :Int32;
  haloTop @2 :Int32;
  haloRight @3 :Int32;
  haloBottom @4 :Int32;
  align @5 :Int32;
  input @6 :PixelFormat;
  output @7 :PixelFormat;
}

struct Stage {
  # All that is the same for every segment of one pass of one job.
  image @0 :Size;
  input @1 :PixelFormat;
  tile @2 :Size;
  calls @3 :List(BoundCall);
  steps @4 :List(Step);   # as many as calls
  pass @5 :UInt32;        # which of the plan's passes this is
  stats @6 :List(Data);   # finished stats of the global filters of earlier passes, in order of the passes
  detects @7 :Bool;       # what detectors find is wanted; they aren't run otherwise
  job @8 :Text;           # the job's id, for logs; empty for a preview
  tenant @9 :Text;        # whose pixels these are, at most 128 bytes: work of different tenants meets in no filter host
}

struct Finding {
  # What a detector found.
  box @0 :Rect;
  label @1 :Text;
  score @2 :Float64;
}

struct Findings {
  # What the detectors of a recipe found in one tile.
  total @0 :UInt64;             # this many
  first @1 :List(Finding);      # in order, no more than are kept of an image; see server/engine/findings.h
}

interface Slab {
  # A piece of memory that processes of one machine share. The capability carries a file descriptor (a sealed memfd);
  # what may be done through it says how it was opened. Only connections over unix sockets can pass it.
}

interface SlabTable {
  # Where a process takes the slabs of another. Neither side copies pixels into messages, then.

  share @0 (id :UInt64, slab :Slab) -> (held :Held);
  # The slab is known by its id from the answer on, until `held` is dropped.
}

interface Held {
  # Keeps something at the other side, for as long as this capability lives.
}

struct SharedPixels {
  # Rows of pixels in a slab.
  slab @0 :UInt64;
  offset @1 :UInt64;  # bytes, of the first pixel
  stride @2 :UInt64;  # bytes from one row to the next
}

enum JobState {
  queued @0;
  running @1;
  waiting @2;    # for a worker to connect
  done @3;
  failed @4;
  cancelled @5;
}

interface BlobSink {
  # Takes a file in pieces. The receiver owns it; dropping it before done() throws away what came.

  write @0 (bytes :Data) -> stream;
  # The next piece, at most 1 MiB.

  done @1 () -> ();
  # Nothing more will come. Answers when everything is stored; an error of an earlier write() shows here.
}

interface BlobSource {
  # A file that the other side holds, for as long as this capability lives.

  send @0 (sink :BlobSink) -> ();
  # Writes all of it, and calls done(). Answers after that. May be called again.
}

struct ClientInfo {
  name @0 :Text;  # the program, for people
  user @1 :Text;
  host @2 :Text;  # the machine's name
  process @3 :UInt32;
}

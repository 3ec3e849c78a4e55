@0xe1dcd095d6ff0e12;
# Between a server and a codec host, its child process, over an inherited socket. The host's bootstrap capability is
# CodecHost. It decodes strangers' files: whatever it answers is checked, and a host that stops answering or says nonsense
# is ended. Pixels lie in slabs that the parent has shared.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tilework::rpc");

using Common = import "common.capnp";
using Host = import "host.capnp";

interface CodecHost extends(Host.Host) {
  open @0 (file :Host.HostFile, name :Text, limits :ImageLimits, inBackground :Bool) -> (image :CodecImage, info :ImageInfo);
  # Reads the file's header. The descriptor is open for reading, and its position is the host's own. `name` is the file as
  # the user knows it. What is done in the background has time: others' work comes before it.
}

struct ImageLimits {
  # See Limits in server/imageio/source.h.
  pixels @0 :Int64;
  side @1 :Int32;
  decoderBytes @2 :Int64;
  expansion @3 :Int64;
}

struct ImageInfo {
  # See Info in server/imageio/source.h.
  size @0 :Common.Size;
  format @1 :Common.PixelFormat;
  fileFormat @2 :Text;
  notes @3 :List(Text);
  heldBytes @4 :Int64;
  needsFile @5 :Bool;
}

struct OutputSettings {
  # See OutputSettings in server/imageio/sink.h.
  format @0 :Text;
  jpegQuality @1 :Int32;
  chroma @2 :Text;
  compression @3 :Text;
  lossless @4 :Bool;
}

struct SharedTile {
  size @0 :Common.Size;
  pixels @1 :Common.SharedPixels;
}

interface CodecImage {
  # An image that is open, and what it is made into. One call at a time, but that what is written to a result has no part
  # in it.

  lend @0 (scratch :Host.HostFile) -> ();
  # An empty file for what can't stay in memory, open for reading and writing: before the first row is read, where the
  # image's info says that it needs one.

  read @1 (band :SharedTile, known :Int32) -> ();
  # Fills the band, which is as wide as the image. Its first `known` rows are the last ones of the band before, whose slab
  # is still shared; the others are the image's next ones.

  rewind @2 () -> ();
  # The next row is the first again. Answers what opening the file anew does.

  create @3 (file :Host.HostFile, size :Common.Size, format :Common.PixelFormat, settings :OutputSettings)
         -> (result :CodecResult, needsFile :Bool);
  # An empty file for an image made of this one, open for reading and writing: it says what this one says, and stores its
  # pixels likewise where the settings leave that open. Refuses what the settings don't allow.
}

interface CodecResult {
  # One call at a time.

  lend @0 (scratch :Host.HostFile) -> ();
  # As for images.

  write @1 (tiles :List(SharedTile)) -> ();
  # The next rows, as tiles side by side.

  finish @2 () -> (notes :List(Text));
  # Completes the file, once all rows were written. Answers with what was changed to fit it.
}

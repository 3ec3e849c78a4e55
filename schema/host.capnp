@0x88f206ccdf786f38;
# Between a worker or master and a filter host, its child process, over an inherited socket. The host's bootstrap
# capability is FilterHost. The host runs unknown code: whatever it answers is checked, and a host that stops answering
# or says nonsense is ended.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tilework::rpc");

using Common = import "common.capnp";

interface FilterHost {
  slabs @3 () -> (table :Common.SlabTable);
  # Where the parent shares segments, to be read alone, and memory for tiles, to be written.

  isolation @4 () -> (inForce :Text);
  # What this host has given up and what limits it has, for the log.

  provide @5 (digest :Text, file :PluginFile) -> ();
  # Hands over a library, which is loaded when it is first needed. Each before it is needed; a host opens no files.

  scan @0 (digest :Text) -> (filters :List(Common.Filter));
  # Loads the library, and says which filters it exports or why it is refused.

  describe @1 (calls :List(Common.BoundCall), input :Common.PixelFormat) -> (steps :List(Common.Step));
  # What the filters of a recipe read and return.

  open @2 (stage :Common.Stage) -> (chain :Chain);
  # A recipe, ready to run one of its passes.
}

interface PluginFile {
  # A library's bytes. The capability carries a file descriptor that is open for reading.
}

struct HostSegment {
  tile @0 :Common.Rect;
  input @1 :Common.SharedPixels;   # of the tile's segment
  output @2 :Common.SharedPixels;  # where the tile is written
}

interface Chain {
  run @0 (segments :List(HostSegment)) -> (findings :List(Common.Findings));
  # Applies the pass to the segments one after the other. Their outputs lie in one slab, in this order. Answers with
  # what was found in each, or with none where the stage doesn't detect.

  analyse @1 (tile :Common.Rect, input :Common.SharedPixels) -> (stats :Data);
  # Runs the pass on the segment, and answers with what its global filter learns from it.

  merge @2 (stats :Data) -> ();
  # Joins the stats of one tile to those of the tiles before.

  finish @3 () -> (stats :Data);
  # All that was merged, finished, for the passes after this one.

  check @4 (stats :Data) -> ();
  # Fails unless they can be read. Nothing is merged.
}

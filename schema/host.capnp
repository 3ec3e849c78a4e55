@0x88f206ccdf786f38;
# Between a worker or master and a filter host, its child process, over an inherited socket. The host's bootstrap
# capability is FilterHost. The host runs unknown code: whatever it answers is checked, and a host that stops answering
# or says nonsense is ended.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tilework::rpc");

using Common = import "common.capnp";

interface FilterHost {
  scan @0 (path :Text, digest :Text) -> (filters :List(Common.Filter));
  # Loads the library, and says which filters it exports or why it is refused.

  describe @1 (calls :List(Common.BoundCall), paths :List(Text), input :Common.PixelFormat)
      -> (steps :List(Common.Step));
  # What the filters of a recipe read and return. paths[i] is the library of calls[i].

  open @2 (stage :Common.Stage, paths :List(Text)) -> (chain :Chain);
  # A recipe, ready to run one of its passes.
}

interface Chain {
  run @0 (tile :Common.Rect, input :UInt64, output :UInt64) -> ();
  # Applies the pass to the segment at `input` bytes of the slab, and writes the tile at `output`. Rows lie without
  # padding.

  analyse @1 (tile :Common.Rect, input :UInt64) -> (stats :Data);
  # Runs the pass on the segment, and answers with what its global filter learns from it.

  merge @2 (stats :Data) -> ();
  # Joins the stats of one tile to those of the tiles before.

  finish @3 () -> (stats :Data);
  # All that was merged, finished, for the passes after this one.
}

@0xb6c27efd8821d80b;
# What a master offers to administrators, who hold its token. A client's capability can do none of this.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("tilework::rpc");

using Common = import "common.capnp";
using Node = import "worker.capnp";

interface Admin {
  overview @0 () -> (overview :Overview);

  workers @1 () -> (workers :List(WorkerEntry), left :List(DepartedWorker));
  # Those that are connected, and the newest of those that aren't any more, the newest first.

  plugins @2 () -> (plugins :List(PluginEntry), refused :List(RefusedFile));

  jobs @3 () -> (jobs :List(JobEntry));
  # Those that wait or run, and the newest of those that have ended.

  logs @4 (after :UInt64, most :UInt32) -> (lines :List(LogLine));
  # Lines of the master's log with numbers above `after`, the oldest of the newest `most` first. Answers when there is at
  # least one: a caller that passes the last number it got follows the log. Dropping the call stops the wait. A gap in the
  # numbers means that lines were forgotten in between.

  drain @5 (worker :Text, draining :Bool) -> (workers :UInt32);
  # A draining worker finishes what it has, and gets nothing new. `worker` is a name or an id; all workers of that name are
  # meant. The master remembers the name when the worker joins again. Answers with the number of workers that it met; fails
  # when there is none. A name that is remembered can be taken back while nobody of that name is connected; that meets 0.

  cancel @6 (job :Text) -> (job :Text);
  # Ends a job of any client. `job` is its id, or the beginning of it when no other job that waits or runs begins so; the
  # answer is the whole id. Fails when no such job waits or runs.

  installPlugin @7 (file :Text, size :UInt64) -> (sink :Common.BlobSink);
  # A library for the plugin folder, under this file name; one of the same name is replaced. It is validated before it gets
  # there: sink.done() answers when new jobs can use it, and fails with the reason if it is refused.

  withdrawPlugin @8 (name :Text) -> (file :Text);
  # Takes a plugin out of the plugin folder. `name` is a file's, with or without ".so", or a filter's. Its running jobs
  # finish.

  rollbackPlugin @9 (name :Text) -> (file :Text, digest :Text);
  # Puts back the version that a plugin's file had before the one it has now; of a withdrawn plugin, the last. Answers when
  # new jobs can use it.

  clients @10 () -> (clients :List(ClientEntry));

  endClient @11 (client :Text) -> (client :Text);
  # Ends a client's session, and with it its jobs. `client` is its id or its name, as "ada@lab"; a name has to mean one
  # alone. Answers with how the log names it.

  retryPlugin @12 (name :Text) -> (file :Text);
  # Lets a plugin out of quarantine: one that a master was scanning when it ended. `name` is its file's, as plugins()
  # has it among the refused ones, or the beginning of its digest. It is scanned; answers when new jobs can use it, and
  # fails with the reason if it is refused.
}

struct Overview {
  version @0 :Text;
  epoch @1 :UInt64;
  upSeconds @2 :UInt64;
  address @3 :Text;         # that it listens on
  pluginFolder @4 :Text;
  workers @5 :UInt32;
  slots @6 :UInt32;         # of all workers
  busySlots @7 :UInt32;
  clients @8 :UInt32;
  jobsRunning @9 :UInt32;
  jobsWaiting @10 :UInt32;
  filters @11 :UInt32;
  host @12 :Text;           # the machine's name
  spool @13 :Text;          # folder
  spoolFreeBytes @14 :UInt64;
  descriptors @15 :UInt32;  # that the master has open
  descriptorLimit @16 :UInt32;
}

struct WorkerEntry {
  id @0 :UInt64;            # unique while the master runs
  info @1 :Node.WorkerInfo;
  status @2 :Node.WorkerStatus;
  address @3 :Text;         # the other end of its connection
  state @4 :State;
  busySlots @5 :UInt32;
  segmentsDone @6 :UInt64;
  failures @7 :UInt64;
  heartbeatMilliseconds @8 :UInt64;  # since the last one
  cpuPercent @9 :Float64;   # of one core, between the last two heartbeats
  sentBytes @10 :UInt64;    # of pixels over the network, to the worker
  receivedBytes @11 :UInt64;  # of pixels and stats, from it
  lastError @12 :Text;      # of a segment; empty: none
  lastErrorSeconds @13 :UInt64;  # since then
  distrusted @14 :List(Text);  # filters that it gets no more of, for it has failed for them too often
  asideReason @15 :Text;    # what its machine lacks, where it is set aside
  asideSeconds @16 :UInt64; # until it is tried again
  joinedSeconds @17 :UInt64;  # since it has joined

  enum State {
    ready @0;
    draining @1;  # and has segments left
    drained @2;
    silent @3;    # heartbeats are late; it is given up soon
    aside @4;     # its machine can't do the work at present
  }
}

struct DepartedWorker {
  name @0 :Text;
  host @1 :Text;
  address @2 :Text;
  how @3 :How;
  reason @4 :Text;          # for a person
  leftSeconds @5 :UInt64;   # since then
  segmentsDone @6 :UInt64;
  failures @7 :UInt64;

  enum How {
    stopped @0;  # it was asked to, and said so
    crashed @1;  # likewise
    killed @2;   # its connection was closed without a word
    silent @3;   # it was given up: frozen, or cut off
  }
}

struct ClientEntry {
  id @0 :UInt64;            # unique while the master runs
  info @1 :Common.ClientInfo;
  address @2 :Text;         # the other end of its connection
  connectedSeconds @3 :UInt64;
  silentMilliseconds @4 :UInt64;  # since something was heard of it
  images @5 :UInt32;        # that it has uploaded and not dropped
  imageBytes @6 :UInt64;    # of their files
  jobs @7 :UInt32;          # not finished
  previews @8 :UInt32;      # images that are open for previews
}

struct PluginEntry {
  plugin @0 :Common.Plugin;
  workers @1 :UInt32;       # that have it
  jobs @2 :UInt32;          # that use it, waiting or running
  state @3 :State;
  loadedSeconds @4 :UInt64; # since it was loaded
  hasEarlier @5 :Bool;      # there is a version to roll back to

  enum State {
    current @0;   # new jobs get it
    replaced @1;  # jobs that began with it finish
    withdrawn @2; # likewise, and its file is gone
  }
}

struct RefusedFile {
  file @0 :Text;
  reason @1 :Text;          # for a person
}

struct JobEntry {
  id @0 :Text;
  image @1 :Text;           # what its user calls it
  client @2 :Text;
  recipe @3 :Text;          # the filters' names, as "gaussian-blur, sharpen"
  state @4 :Common.JobState;
  segmentsDone @5 :UInt64;
  segmentsTotal @6 :UInt64;
  ageSeconds @7 :Float64;   # since it was submitted
  runSeconds @8 :Float64;   # since it began, to its end
  reason @9 :Text;          # why it failed or was cancelled
  clientId @10 :UInt64;     # its session
}

struct LogLine {
  number @0 :UInt64;        # counted from the master's start, from 1
  text @1 :Text;            # as in the log: key=value, separated by spaces
}

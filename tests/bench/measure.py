"""Wall time of commands and of warm peers, and the memory of all their processes."""

import os
import pathlib
import signal
import subprocess
import sys
import threading
import time


def give_up(text):
    sys.exit("bench: " + text)


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += [int(child)] + children(int(child))
    except OSError:
        pass
    return found


def proportional_bytes(pid):
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ProcessLookupError):
        pass
    return 0


class MemoryWatch(threading.Thread):
    """Looks at the processes every few milliseconds; `peak` is the largest sum seen."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.pids, self.peak, self.ended = pids, 0, threading.Event()

    def run(self):
        while not self.ended.is_set():
            everyone = {pid for root in self.pids for pid in [root] + children(root)}
            self.peak = max(self.peak, sum(map(proportional_bytes, everyone)))
            self.ended.wait(0.02)


def watched(pids, action):
    """Peak bytes of the processes and their children while the action runs."""
    watch = MemoryWatch(pids)
    watch.start()
    try:
        action()
    finally:
        watch.ended.set()
        watch.join()
    return watch.peak


class Command:
    """A contender that is started for each run. `servers` are processes that work for it."""

    def __init__(self, *words, servers=()):
        self.words, self.servers = [str(word) for word in words], list(servers)

    def start(self):
        return subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def finish(self, process):
        errors = process.communicate()[1]
        if process.returncode != 0:
            give_up(f"{self.words[0]} failed: {errors.decode(errors='replace').strip()}")

    def seconds(self):
        begin = time.monotonic()
        self.finish(self.start())
        return time.monotonic() - begin

    def peak(self):
        process = self.start()
        return watched([process.pid, *self.servers], lambda: self.finish(process))


class WarmPeer:
    """A peer that is started once, and takes a line for each run. In between it stands still, so that its own
    heartbeats and the like cost others nothing."""

    def __init__(self, script):
        # Debian's Python, whose packages these are.
        self.script = script
        self.process = subprocess.Popen(["/usr/bin/python3", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        self.expect("ready")
        self.signal(signal.SIGSTOP)

    def signal(self, number):
        os.killpg(self.process.pid, number)

    def expect(self, word):
        answer = self.process.stdout.readline().strip()
        if answer != word:
            give_up(f"{self.script} failed: {answer or 'it ended'}")

    def ask(self, *words):
        self.signal(signal.SIGCONT)
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        self.expect("done")
        self.signal(signal.SIGSTOP)

    def close(self):
        self.signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


class WarmRun:
    """A contender that is a request to a warm peer."""

    def __init__(self, peer, *words):
        self.peer, self.words = peer, words

    def seconds(self):
        begin = time.monotonic()
        self.peer.ask(*self.words)
        return time.monotonic() - begin

    def peak(self):
        return watched([self.peer.process.pid], lambda: self.peer.ask(*self.words))


class Cluster:
    """A local cluster of Tilework that is up: a worker a core."""

    def __init__(self, program, folder):
        ready = folder / "ready"
        self.log = open(folder / "server.log", "wb")
        self.process = subprocess.Popen(
            [program, "local", "--port", "0", "--ready-file", ready, "--state", folder / "state", "--spool", folder],
            stdout=self.log, stderr=self.log)
        while not ready.exists():
            if self.process.poll() is not None:
                give_up("the cluster didn't start: " + (folder / "server.log").read_text())
            time.sleep(0.01)
        self.address = ready.read_text().strip()

    def stop(self):
        self.process.terminate()
        self.process.wait()

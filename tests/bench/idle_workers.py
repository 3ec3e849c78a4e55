#!/usr/bin/env python3
"""idle_workers.py [--workers N] [--batch N] [--rest SECONDS] [--json FILE]: what a master pays for many idle workers.

Starts a master and so many workers of one slot each, all real processes on this machine, a batch at a time, and says how
long they took to join, what one of them takes in memory, what the master takes at rest (memory, processor, descriptors), and
how long a job takes before and with all of them. Stops early when less than three gigabytes of memory are available.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/bench"))

from measure import children, give_up, proportional_bytes  # noqa: E402

BIN = ROOT / "build/release/bin"
PLUGINS = ROOT / "build/release/plugins"


def available_bytes():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cluster:
    def __init__(self, folder):
        self.folder, self.workers = folder, []
        ready = folder / "ready"
        self.log = open(folder / "log", "wb")
        self.master = self.start("master", "--listen", "127.0.0.1:0", "--ready-file", ready)
        while not ready.exists():
            if self.master.poll() is not None:
                give_up("the master ended: " + (folder / "log").read_text())
            time.sleep(0.01)
        self.address = ready.read_text().strip()

    def start(self, role, *words):
        return subprocess.Popen([BIN / "tilework-server", role, "--plugins", PLUGINS, "--state", self.folder / "state",
                                 *words], stderr=self.log, stdin=subprocess.DEVNULL)

    def grow(self, count):
        self.workers += [self.start("worker", "--master", self.address, "--slots", "1") for _ in range(count)]

    def joined(self):
        answer = subprocess.run([BIN / "tilework-admin", "masters", "--json", "--master", self.address, "--token-file",
                                 self.folder / "state/admin-token"], stdout=subprocess.PIPE, check=True)
        return json.loads(answer.stdout)[0]["workers"]

    def job_seconds(self, photo):
        begin = time.monotonic()
        subprocess.run([BIN / "tilework", "apply", photo, "-f", "gaussian-blur:size=15", "-o", self.folder / "out.jpg",
                        "--tile", "256x256", "--master", self.address], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return time.monotonic() - begin

    def end(self):
        for process in (*self.workers, self.master):
            process.send_signal(signal.SIGTERM)
        for process in (*self.workers, self.master):
            process.wait()


def fill(cluster, count, batch):
    """Until all have joined, or memory is short."""
    while len(cluster.workers) < count and available_bytes() > 3 << 30:
        cluster.grow(min(batch, count - len(cluster.workers)))
        while cluster.joined() < len(cluster.workers):
            time.sleep(0.1)


def measure(cluster, photo, options):
    fill(cluster, 1, 1)
    alone = cluster.job_seconds(photo)
    begin, before = time.monotonic(), available_bytes()
    fill(cluster, options.workers, options.batch)
    figures = {"workers": len(cluster.workers), "join_seconds": time.monotonic() - begin,
               "bytes_a_worker": (before - available_bytes()) // max(1, len(cluster.workers) - 1)}
    last = cluster.workers[-1].pid
    figures["pss_of_a_worker"] = sum(map(proportional_bytes, [last] + children(last)))
    time.sleep(2)
    begin, used = time.monotonic(), cpu_seconds(cluster.master.pid)
    time.sleep(options.rest)
    figures["master_cpu_percent"] = 100 * (cpu_seconds(cluster.master.pid) - used) / (time.monotonic() - begin)
    figures["master_resident_bytes"] = resident_bytes(cluster.master.pid)
    figures["master_descriptors"] = len(os.listdir(f"/proc/{cluster.master.pid}/fd"))
    figures["job_seconds_with_one"] = alone
    figures["job_seconds_first"] = cluster.job_seconds(photo)
    figures["job_seconds_second"] = cluster.job_seconds(photo)
    figures["joined_at_end"] = cluster.joined()
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--rest", type=float, default=10, help="seconds for which the master is watched at rest")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tilework-bench-") as folder:
        photo = pathlib.Path(folder) / "photo.png"
        subprocess.run([BIN / "tilework-make-sample", photo], check=True)
        cluster = Cluster(pathlib.Path(folder))
        try:
            figures = measure(cluster, photo, options)
        finally:
            cluster.end()
    for name, value in figures.items():
        print(f"{name}: {value:.2f}" if isinstance(value, float) else f"{name}: {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()

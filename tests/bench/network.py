#!/usr/bin/env python3
"""network.py [--rate 1gbit] [--rounds N] [--json FILE] PHOTO: what the segment codec gains on a slow network.

Makes a network of its own, of namespaces and virtual links: a master, two workers of one slot each, and a client, every
one behind a link of the rate given (tc-tbf(8)). The same job runs with the codec off, always on, and automatic, in turn, and
the medians are shown; a result that differs from the others is an error. All "machines" share the processors of this one,
so packing costs more of the time here than on as many machines. Needs root.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CODECS = ("none", "zstd", "auto")
CASES = (("blur, JPEG to JPEG", "jpg", "gaussian-blur:size=31"), ("invert, TIFF to TIFF", "tif", "invert"))


class Network:
    """Namespaces that are joined by a bridge in one of their own."""

    def __init__(self, names):
        self.prefix = f"tilework-{os.getpid()}-"
        self.names = ("switch",) + names
        self.made = []

    def __enter__(self):
        try:
            for name in self.names:
                ip("netns", "add", self.prefix + name)
                self.made.append(name)
            ip("-n", self.prefix + "switch", "link", "add", "bridge", "type", "bridge")
            ip("-n", self.prefix + "switch", "link", "set", "dev", "bridge", "up")
            for number, name in enumerate(self.names[1:], 1):
                space = self.prefix + name
                ip("-n", space, "link", "add", "eth0", "type", "veth", "peer", "name", name, "netns",
                   self.prefix + "switch")
                ip("-n", self.prefix + "switch", "link", "set", "dev", name, "master", "bridge", "up")
                ip("-n", space, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
                ip("-n", space, "link", "set", "dev", "eth0", "up")
                ip("-n", space, "link", "set", "dev", "lo", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self.made:
            subprocess.run(("ip", "netns", "del", self.prefix + name), check=False)

    def limit(self, rate):
        """Both directions of each link."""
        for name in self.names[1:]:
            for space, device in ((name, "eth0"), ("switch", name)):
                subprocess.run(("tc", "-n", self.prefix + space, "qdisc", "replace", "dev", device, "root", "tbf",
                                "rate", rate, "burst", "256kb", "latency", "50ms"), check=True)

    def inside(self, name, *command):
        return ("ip", "netns", "exec", self.prefix + name) + command


def ip(*words):
    subprocess.run(("ip",) + words, check=True)


class Cluster:
    """A master that packs as `codec` says, and two workers."""

    def __init__(self, network, build, folder, codec, port):
        self.network, self.build, self.address = network, build, f"10.77.0.1:{port}"
        server = os.path.join(build, "bin", "tilework-server")
        ready = os.path.join(folder, codec + ".ready")
        self.processes = []
        spool = os.path.join(folder, "spool")
        os.makedirs(spool, exist_ok=True)

        def start(name, *words):
            state = os.path.join(folder, f"{codec}-{name}")
            os.makedirs(state, mode=0o700)
            self.processes.append(subprocess.Popen(network.inside(
                name, server, *words, "--plugins", os.path.join(build, "plugins"), "--state", state, "--log-file",
                state + ".log", "--die-with-parent")))

        start("master", "master", "--listen", self.address, "--segment-codec", codec, "--spool", spool, "--ready-file",
              ready, "--ready-workers", "2")
        deadline = time.monotonic() + 20
        secret = os.path.join(folder, f"{codec}-master", "join-secret")
        while not os.path.exists(secret) and time.monotonic() < deadline:
            time.sleep(0.02)
        for name in ("worker1", "worker2"):
            start(name, "worker", "--master", self.address, "--slots", "1", "--join-secret", secret)
        while not os.path.exists(ready):
            if time.monotonic() > deadline:
                self.end()
                sys.exit(f"the cluster with the codec {codec} didn't start")
            time.sleep(0.02)

    def apply(self, image, recipe, output):
        done = subprocess.run(self.network.inside(
            "client", os.path.join(self.build, "bin", "tilework"), "apply", image, "-f", recipe, "-o", output, "--master",
            self.address, "--json", "--quiet"), stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)[0]

    def end(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


def same(first, second):
    with open(first, "rb") as a, open(second, "rb") as b:
        return a.read() == b.read()


def measure(clusters, image, recipe, folder, rounds):
    """Seconds from decoding to encoding, and bytes a pixel on the wire, by codec."""
    runs = {codec: [] for codec in CODECS}
    for round_ in range(rounds + 1):
        outputs = {}
        for codec in CODECS:
            outputs[codec] = os.path.join(folder, codec + os.path.splitext(image)[1])
            result = clusters[codec].apply(image, recipe, outputs[codec])
            pixels = result["width"] * result["height"]
            if round_ > 0:  # before that, plugins are loaded
                runs[codec].append((result["seconds"]["run"], result["wire_bytes"] / pixels))
        for codec in CODECS[1:]:
            if not same(outputs[CODECS[0]], outputs[codec]):
                sys.exit(f"the result with the codec {codec} is another one")
    return {codec: {"seconds": statistics.median(r[0] for r in seen),
                    "bytes_per_pixel": statistics.median(r[1] for r in seen),
                    "all_seconds": [r[0] for r in seen]} for codec, seen in runs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", help="an image that vips can read")
    parser.add_argument("--rate", default="1gbit", help="of each link, as tc writes it; `none` for no limit")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--json", help="write the figures to this file, too")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("network.py makes network namespaces, and so has to be run as root")
    # So that the network goes then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = {"rate": options.rate, "rounds": options.rounds, "cases": {}}
    with tempfile.TemporaryDirectory(prefix="tilework-network-") as folder, \
            Network(("master", "worker1", "worker2", "client")) as network:
        if options.rate != "none":
            network.limit(options.rate)
        clusters = {}
        try:
            for port, codec in enumerate(CODECS, 7400):
                clusters[codec] = Cluster(network, options.build, folder, codec, port)
            for name, suffix, recipe in CASES:
                image = os.path.join(folder, "photo." + suffix)
                subprocess.run(("vips", "copy", options.photo, image), check=True)
                report["cases"][name] = measure(clusters, image, recipe, folder, options.rounds)
        finally:
            for cluster in clusters.values():
                cluster.end()
    print(f"{'links of ' + options.rate:24}" + "".join(f"{codec:>22}" for codec in CODECS))
    for name, figures in report["cases"].items():
        print(f"{name:24}" + "".join(
            f"{figures[codec]['seconds']:9.2f} s {figures[codec]['bytes_per_pixel']:5.1f} B/px" for codec in CODECS))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=2)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""fairness.py [--rounds N] [--json FILE]: what a small job waits for while another client's large ones run.

Starts a local cluster of two workers, and measures `tilework apply` of a tenth of a megapixel: alone, and beside eight images of
30 megapixels of another client that go through a blur and Canny, as JPEG and as PNG. Shows the medians and their ratio; the
aim is at most 2. `run` is the part from the end of the upload to the result. The clients share the processors with the servers
here, so the rest is mostly what the start of a process takes on a machine that is busy.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import inputs
import measure

ROOT = pathlib.Path(__file__).resolve().parents[2]
LARGE_MEGAPIXELS, LARGE_IMAGES, SMALL_SIZE = 30, 8, ("370", "270")
AIM = 2.0


class Large:
    """The other client: begins again whenever it is done."""

    def __init__(self, program, images, output, address):
        self.command = [program, "apply", *images, "-f", "gaussian-blur:size=31", "-f", "canny", "-o", f"{output}/", "--quiet",
                        "--master", address]
        self.process = None

    def keep_running(self):
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(self.command)
            time.sleep(2)  # until all places are taken

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def small_job(program, image, output, address):
    """Milliseconds: of the command, and of the job's run as it tells itself."""
    begin = time.monotonic()
    done = subprocess.run([program, "apply", image, "-f", "invert", "-o", output, "--json", "--quiet", "--master", address],
                          stdout=subprocess.PIPE, check=True)
    return (time.monotonic() - begin) * 1e3, json.loads(done.stdout)[0]["seconds"]["run"] * 1e3


def medians(times):
    return {"command": statistics.median(t[0] for t in times), "run": statistics.median(t[1] for t in times),
            "all": [t[0] for t in times]}


def measured(build, folder, address, kind, rounds):
    program = build / "bin" / "tilework"
    images = [folder / f"large-{number}.{kind}" for number in range(LARGE_IMAGES)]
    for image in images[1:]:
        shutil.copy(images[0], image)
    small, output = folder / "small.jpg", folder / "out.jpg"
    small_job(program, small, output, address)  # loads the plugin
    alone, beside = [], []
    large = Large(program, images, folder / "large-out", address)
    try:
        for _ in range(rounds):
            alone.append(small_job(program, small, output, address))
        for _ in range(rounds):
            large.keep_running()
            beside.append(small_job(program, small, output, address))
            time.sleep(0.05)
    finally:
        large.end()
    figures = {"alone": medians(alone), "beside": medians(beside)}
    figures["ratio"] = figures["beside"]["command"] / figures["alone"]["command"]
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--json", help="write the figures to this file, too")
    options = parser.parse_args()
    report = {}
    with tempfile.TemporaryDirectory(prefix="tilework-fairness-", dir=os.environ.get("TMPDIR", "/var/tmp")) as name:
        folder = pathlib.Path(name)
        inputs.mosaic(folder / "large-0.jpg", LARGE_MEGAPIXELS)
        inputs.run("vips", "copy", folder / "large-0.jpg", folder / "large-0.png")
        inputs.run("vips", "crop", folder / "large-0.jpg", f"{folder}/small.jpg[Q=95,strip]", "1000", "1000", *SMALL_SIZE)
        cluster = measure.Cluster(options.build / "bin" / "tilework-server", folder)
        try:
            for kind in ("jpg", "png"):
                report[kind] = measured(options.build, folder, cluster.address, kind, options.rounds)
        finally:
            cluster.stop()
    for kind, figures in report.items():
        alone, beside = figures["alone"], figures["beside"]
        print(f"{kind}: {alone['command']:6.1f} ms alone (run {alone['run']:.1f}), {beside['command']:6.1f} ms beside large jobs "
              f"(run {beside['run']:.1f}): {figures['ratio']:.1f} times, aim {AIM:.0f}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(report, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

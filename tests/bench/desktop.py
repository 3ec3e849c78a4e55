"""The desktop client on a screen in memory: how soon a change is seen, what a frame costs, and memory.

`tilework-desktop --bench` works itself and prints what it measured; see client/desktop/bench.h."""

import contextlib
import json
import os
import pathlib
import subprocess
import threading

import inputs
import measure

GIGAPIXEL_SIDE = 32768
SCREEN = "1920x1080x24"


@contextlib.contextmanager
def screen():
    """An X server without a monitor; its name, as $DISPLAY has it."""
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"],
                              pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            measure.give_up("Xvfb didn't start")
        yield ":" + number
    finally:
        server.terminate()
        server.wait()


class Memory(threading.Thread):
    """Peaks of a program: with all its children, and alone."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.whole, self.alone, self.ended = pid, 0, 0, threading.Event()

    def run(self):
        while not self.ended.is_set():
            alone = measure.proportional_bytes(self.pid)
            others = sum(map(measure.proportional_bytes, measure.children(self.pid)))
            self.alone, self.whole = max(self.alone, alone), max(self.whole, alone + others)
            self.ended.wait(0.05)


def work(program, display, home, image, watch=False):
    """What the client says of itself, and its memory if that is to be watched: looking costs time."""
    environment = {**os.environ, "DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1", "HOME": str(home),
                   "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state")}
    environment.pop("TILEWORK_MASTER", None)
    process = subprocess.Popen([program, "--private", "--bench", image], env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    memory = Memory(process.pid)
    if watch:
        memory.start()
    output, errors = process.communicate()
    memory.ended.set()
    if process.returncode != 0:
        measure.give_up(f"tilework-desktop failed: {errors.strip()}")
    return json.loads(output), memory


def figure(name, title, unit, value, aim):
    return {"name": "desktop-" + name, "title": "Desktop: " + title, "unit": unit, "value": value, "aim": aim,
            "more_is_better": False}


def run(programs, folder):
    home = pathlib.Path(folder) / "home"
    home.mkdir()
    photo, slide = folder / "photo.jpg", folder / "slide.tif"
    inputs.mosaic(photo, 15)
    inputs.slide(slide, GIGAPIXEL_SIDE)
    with screen() as display:
        measured, _ = work(programs / "tilework-desktop", display, home, photo)
        _, memory = work(programs / "tilework-desktop", display, home, slide, watch=True)
    figures = []
    for place, title, median, slowest in (("fit", "at fit", 25, 60), ("full_size", "at 100 %", 15, 40)):
        change = measured[place]["change_ms"]
        drawn = measured[place]["opengl_ms"]["median"]
        note = f"gaussian blur {title}, a change to the picture on screen ({drawn:.1f} ms of it OpenGL's in software)"
        figures += [figure(f"{place}-median", note + ", median", "ms", change["median"], median),
                    figure(f"{place}-p99", note + ", 99th percentile", "ms", change["p99"], slowest)]
    ui = measured["fit"]["ui_ms"]
    return figures + [
        figure("frame", f"a frame without OpenGL (99th percentile {ui['p99']:.1f} ms), median", "ms", ui["median"], 4),
        figure("first-picture", "15-MP JPEG, opening to first picture", "ms", measured["first_picture_ms"], 300),
        figure("memory", f"gigapixel TIFF open, with its cluster ({memory.alone / 2**20:.0f} MiB the client alone), peak",
               "MiB", memory.whole / 2**20, 512)]

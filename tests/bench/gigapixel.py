"""A slide of four gigapixels beside one of one: memory, and time for each pixel."""

import subprocess

import inputs
import measure

SIDES = {1: 32768, 4: 65536}
# Where outputs are compared: corners, tile borders, the middle; squares of this side.
CROP = 300


def check(folder, source, result, side):
    for x, y in ((0, 0), (side - CROP, side - CROP), (side // 2 - 7, side // 2 - 7), (2048 - 150, 256 - 150)):
        left, top = max(0, x - 20), max(0, y - 20)
        right, bottom = min(side, x + CROP + 20), min(side, y + CROP + 20)
        inputs.run("vips", "crop", source, folder / "in.png", left, top, right - left, bottom - top)
        inputs.run("vips", "crop", result, folder / "out.png", x, y, CROP, CROP)
        code = ("import cv2, sys; "
                f"whole = cv2.GaussianBlur(cv2.imread(sys.argv[1]), (31, 31), 0)[{y - top}:{y - top + CROP}, "
                f"{x - left}:{x - left + CROP}]; sys.exit(int((whole != cv2.imread(sys.argv[2])).any()))")
        done = subprocess.run(["/usr/bin/python3", "-c", code, folder / "in.png", folder / "out.png"])
        if done.returncode != 0:
            measure.give_up(f"the blurred slide differs from OpenCV's at {x},{y}")


def run(programs, folder):
    seconds, peaks = {}, {}
    cluster = measure.Cluster(programs / "tilework-server", folder)
    try:
        for gigapixels, side in SIDES.items():
            source, result = folder / "slide.tif", folder / "blurred.tif"
            inputs.slide(source, side)
            command = measure.Command(programs / "tilework", "apply", source, "-f", "gaussian-blur", "-o", result,
                                      "--quiet", "--master", cluster.address, servers=[cluster.process.pid])
            # Looking at memory now and then hardly costs time beside minutes of work.
            def once():
                seconds[gigapixels] = command.seconds()
            peaks[gigapixels] = measure.watched([cluster.process.pid], once)
            check(folder, source, result, side)
            source.unlink()
            result.unlink()
    finally:
        cluster.stop()
    return [{"name": "gigapixel-memory", "title": "4-gigapixel TIFF, gaussian blur: peak memory", "unit": "MiB",
             "value": peaks[4] / 2**20, "aim": 512, "more_is_better": False},
            {"name": "gigapixel-time", "title": f"4-gigapixel TIFF ({seconds[4]:.0f} s): time a pixel, to that of 1 gigapixel",
             "unit": "times", "value": seconds[4] / 4 / seconds[1], "aim": 1.15, "more_is_better": False}]

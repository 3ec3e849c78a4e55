"""The images that the benchmark runs on: real photographs from a Debian package, laid side by side, and made ones."""

import pathlib
import subprocess

PHOTOS = pathlib.Path("/usr/share/backgrounds/mate/nature")  # mate-backgrounds
PHOTO_WIDTH, PHOTO_HEIGHT = 2560, 1600  # what most of them have


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def photographs():
    found = []
    for path in sorted(PHOTOS.glob("*.jpg")):
        size = subprocess.run(["vipsheader", path], capture_output=True, text=True).stdout
        if f"{PHOTO_WIDTH}x{PHOTO_HEIGHT}" in size:
            found.append(path)
    return found


def mosaic(path, megapixels):
    """A JPEG of quality 95 and 4:2:0, as cameras write it: photographs in columns and rows, cut to 3:2."""
    width = int((megapixels * 1e6 * 1.5) ** 0.5)
    height = int(megapixels * 1e6 / width)
    across, down = -(-width // PHOTO_WIDTH), -(-height // PHOTO_HEIGHT)
    photos = photographs()
    # Each row begins with another photograph, so that no two rows are alike.
    tiles = [photos[(row * 2 + column) % len(photos)] for row in range(down) for column in range(across)]
    whole = path.with_suffix(".v")
    run("vips", "arrayjoin", " ".join(map(str, tiles)), whole, "--across", across)
    run("vips", "crop", whole, f"{path}[Q=95,subsample_mode=on,strip]", 0, 0, width, height)
    whole.unlink()


def tiny(folder, count, side):
    """Squares cut out of the photographs, each at another place."""
    folder.mkdir()
    photos = photographs()
    steps = (PHOTO_WIDTH - side) // 8, (PHOTO_HEIGHT - side) // 8
    for number in range(count):
        photo = photos[number % len(photos)]
        place = number // len(photos)
        x, y = place % 8 * steps[0], place // 8 % 8 * steps[1]
        run("vips", "crop", photo, f"{folder}/{number:04}.jpg[Q=95,subsample_mode=on,strip]", x, y, side, side)


def slide(path, side):
    """A square tiled BigTIFF, compressed without loss: copies of a photograph, as slide scanners lay tiles."""
    across, down = -(-side // PHOTO_WIDTH), -(-side // PHOTO_HEIGHT)
    row = path.with_suffix(".row.v")
    # Through a file of one row of copies, so that nothing as large as the slide is ever in memory.
    run("vips", "replicate", photographs()[0], row, across, 1)
    whole = path.with_suffix(".whole.v")
    run("vips", "replicate", row, whole, 1, down)
    run("vips", "extract_area", whole,
        f"{path}[tile,tile-width=512,tile-height=512,bigtiff,compression=lzw,predictor=horizontal]", 0, 0, side, side)
    row.unlink()
    whole.unlink()

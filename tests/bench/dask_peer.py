"""A peer: Dask distributed with OpenCV, one single-threaded worker process a core, started and warm.

Reads lines "FILTER INPUT OUTPUT" and answers each with "done" or "failed: why". Run by Debian's Python.
"""

import os
import sys

import cv2
import dask.array
import numpy
from distributed import Client, LocalCluster

CHUNK_ROWS = 1024  # few enough tasks that the scheduler isn't the limit
REACH = {"gaussian-blur": 15, "invert": 0}


def blur(block):
    cv2.setNumThreads(1)
    return cv2.GaussianBlur(block, (31, 31), 0)


def invert(block):
    return cv2.bitwise_not(block)


def apply(name, source, target):
    image = cv2.imread(source)
    chunks = dask.array.from_array(image, chunks=(CHUNK_ROWS, image.shape[1], 3))
    function = {"gaussian-blur": blur, "invert": invert}[name]
    reach = REACH[name]
    if reach:
        result = chunks.map_overlap(function, depth={0: reach, 1: 0, 2: 0}, boundary="none", dtype=numpy.uint8)
    else:
        result = chunks.map_blocks(function, dtype=numpy.uint8)
    cv2.imwrite(target, result.compute(), [cv2.IMWRITE_JPEG_QUALITY, 95])


def main():
    with LocalCluster(n_workers=os.cpu_count(), threads_per_worker=1, host="127.0.0.1", dashboard_address=None,
                      memory_limit=0) as cluster, Client(cluster):
        print("ready", flush=True)
        for line in sys.stdin:
            try:
                apply(*line.split())
                print("done", flush=True)
            except Exception as error:  # whatever it is, the benchmark has to know
                print("failed:", repr(error).replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()

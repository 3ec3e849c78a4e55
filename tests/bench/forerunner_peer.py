"""A peer, written after the system that Tilework replaces: a master cuts the image into one strip a worker, sends each as
a JPEG over TCP, workers decode, filter, encode and send back, and the master joins the strips. Seams and losses included.

Reads lines "FILTER INPUT OUTPUT" and answers each with "done" or "failed: why". Run by Debian's Python.
"""

import multiprocessing
import os
import socket
import struct
import sys
import threading

import cv2
import numpy

QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95]


def send(connection, *parts):
    for part in parts:
        connection.sendall(struct.pack("!Q", len(part)) + bytes(part))


def receive(connection):
    def exactly(count):
        data = bytearray()
        while len(data) < count:
            piece = connection.recv(min(1 << 20, count - len(data)))
            if not piece:
                raise EOFError
            data += piece
        return data
    return exactly(struct.unpack("!Q", exactly(8))[0])


def work(port):
    cv2.setNumThreads(1)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while True:
            try:
                name = receive(connection).decode()
            except EOFError:
                return
            strip = cv2.imdecode(numpy.frombuffer(receive(connection), numpy.uint8), cv2.IMREAD_COLOR)
            result = cv2.GaussianBlur(strip, (31, 31), 0) if name == "gaussian-blur" else cv2.bitwise_not(strip)
            send(connection, cv2.imencode(".jpg", result, QUALITY)[1])


def apply(workers, name, source, target):
    image = cv2.imread(source)
    edges = [image.shape[0] * i // len(workers) for i in range(len(workers) + 1)]
    results = [None] * len(workers)

    def one(i):
        send(workers[i], name.encode(), cv2.imencode(".jpg", image[edges[i]:edges[i + 1]], QUALITY)[1])
        results[i] = cv2.imdecode(numpy.frombuffer(receive(workers[i]), numpy.uint8), cv2.IMREAD_COLOR)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(workers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cv2.imwrite(target, numpy.vstack(results), QUALITY)


def main():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        processes = [multiprocessing.Process(target=work, args=(port,), daemon=True) for _ in range(os.cpu_count())]
        for process in processes:
            process.start()
        workers = [listener.accept()[0] for _ in processes]
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            apply(workers, *line.split())
            print("done", flush=True)
        except Exception as error:  # whatever it is, the benchmark has to know
            print("failed:", repr(error).replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()

"""The benchmark's cases: what runs against whom, and how much of a peer's time the aim is."""

import dataclasses
import pathlib
import statistics
import subprocess

import inputs
import measure

HERE = pathlib.Path(__file__).resolve().parent
TINY_IMAGES, TINY_SIDE = 1000, 512

# Lossy files of equal pixels and equal settings, and of pixels that another program computed from them.
SAME_DB, ALIKE_DB = 40.0, 30.0


@dataclasses.dataclass
class Case:
    name: str
    title: str
    image: str       # "large", "medium" or "tiny"
    filters: list
    aims: dict       # peer -> at most this part of its time
    memory_aim: int = 0  # MiB of all of Tilework's processes


CASES = [
    Case("large-blur", "177 MP, gaussian blur 31", "large", ["gaussian-blur"],
         {"opencv": 0.65, "vips": 0.65, "dask": 0.2, "forerunner": 0.3}, 256),
    Case("large-invert", "177 MP, invert", "large", ["invert"],
         {"opencv": 0.5, "vips": 0.8, "dask": 0.25, "forerunner": 0.25}, 256),
    Case("large-canny", "177 MP, canny", "large", ["canny"], {"opencv": 0.8}, 256),
    Case("medium-blur", "15 MP, gaussian blur 31", "medium", ["gaussian-blur"], {"opencv": 0.7}),
    Case("five-filters", "177 MP, five filters", "large",
         ["sharpen", "gaussian-blur", "brightness-contrast", "invert", "sharpen"], {"opencv": 0.9}, 256),
    Case("tiny", "1,000 images of 512x512, two filters", "tiny", ["gaussian-blur", "invert"], {"opencv": 1.1}),
]


class Bench:
    """Inputs, peers and a cluster, each made when the first case needs it."""

    def __init__(self, programs, folder, options):
        self.bin, self.folder, self.options = programs, folder, options
        self.made, self.peers, self.cluster = {}, {}, None

    def image(self, kind):
        if kind not in self.made:
            path = self.folder / (kind if kind == "tiny" else f"{kind}.jpg")
            if kind == "tiny":
                inputs.tiny(path, TINY_IMAGES, TINY_SIDE)
            else:
                inputs.mosaic(path, {"large": self.options.large, "medium": self.options.medium}[kind])
            self.made[kind] = path
        return self.made[kind]

    def warm(self, name):
        if name not in self.peers:
            self.peers[name] = measure.WarmPeer(HERE / f"{name}_peer.py")
        return self.peers[name]

    def close(self):
        for peer in self.peers.values():
            peer.close()
        if self.cluster:
            self.cluster.stop()

    def output(self, case, name):
        return self.folder / f"{name}-out" if case.image == "tiny" else self.folder / f"{name}.jpg"

    def tilework(self, case, out):
        if not self.cluster:
            self.cluster = measure.Cluster(self.bin / "tilework-server", self.folder)
        image = self.image(case.image)
        images = sorted(image.iterdir()) if case.image == "tiny" else [image]
        filters = [word for name in case.filters for word in ("-f", name)]
        return measure.Command(self.bin / "tilework", "apply", *images, *filters,
                               "-o", f"{out}/" if case.image == "tiny" else out, "--chroma", "4:2:0", "--quiet",
                               "--master", self.cluster.address, servers=[self.cluster.process.pid])

    def contender(self, name, case):
        image, out = self.image(case.image), self.output(case, name)
        if name == "tilework":
            return self.tilework(case, out)
        if name == "opencv":
            return measure.Command(self.bin / "tilework-bench-opencv", ",".join(case.filters), image, out)
        if name == "vips":
            words = {"gaussian-blur": ["gaussblur", image, f"{out}[Q=95,subsample_mode=on]", "5"],
                     "invert": ["invert", image, f"{out}[Q=95,subsample_mode=on]"]}
            return measure.Command("vips", *words[case.filters[0]])
        return measure.WarmRun(self.warm(name), case.filters[0], image, out)

    def check(self, case, name):
        """Fails unless the contender's output shows what OpenCV's does. vips computes a shorter Gaussian, and the
        forerunner has seams and losses by its nature: these two are alike, not equal."""
        blurred = "gaussian-blur" in case.filters
        limit = ALIKE_DB if name == "forerunner" or (name == "vips" and blurred) else SAME_DB
        ours, theirs = self.output(case, name), self.output(case, "opencv")
        pairs = [(ours, theirs)]
        if case.image == "tiny":
            names = [path.name for path in self.image("tiny").iterdir()]
            pairs = [(ours / file, theirs / file) for file in names[::50]]
            missing = [file for file in names if not (ours / file).exists()]
            if missing:
                measure.give_up(f"{name} made no {missing[0]}")
        for a, b in pairs:
            result = subprocess.run([self.bin / "tilework-bench-compare", a, b], capture_output=True, text=True)
            if float(result.stdout or 0) < limit:
                measure.give_up(f"{case.name}: the output of {name} is wrong: {result.stdout.strip()} dB to OpenCV's")

    def run(self, case):
        """Rounds in which each contender has its turn; one for the check and the memory, which isn't timed."""
        names = ["tilework", *case.aims]
        contenders = {name: self.contender(name, case) for name in names}
        memory = {name: contenders[name].peak() for name in names}
        for name in names:
            if name != "opencv":
                self.check(case, name)
        times = {name: [] for name in names}
        for _ in range(self.options.rounds):
            for name in names:
                times[name].append(contenders[name].seconds())
        seconds = {name: statistics.median(values) for name, values in times.items()}
        return {"case": case.name, "title": case.title, "seconds": seconds, "all_seconds": times,
                "peak_bytes": memory, "aims": case.aims, "memory_aim_mib": case.memory_aim,
                "ratios": {name: seconds["tilework"] / seconds[name] for name in case.aims}}

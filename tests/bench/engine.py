"""Figures that programs measure by themselves."""

import json
import re
import subprocess


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench: {command[0]} failed: {(done.stderr or done.stdout)[-500:]}")
    return done.stdout


def run(programs):
    simulated = re.search(r"([\d.]+) assignments", output_of(programs / "tilework-tests-unit", "[.bench]"))
    measured = json.loads(output_of(programs / "tilework-bench-engine"))

    def ratio(name):
        return measured[name]["tilework"] / measured[name]["opencv"]

    def figure(name, title, unit, value, aim, more_is_better):
        return {"name": name, "title": title, "unit": unit, "value": value, "aim": aim, "more_is_better": more_is_better}

    return [
        figure("no-codec-blur", f"No codecs, 177 MP, gaussian blur 31 ({measured['blur']['tilework']:.3f} s)",
               "of OpenCV's time", ratio("blur"), 1.1, False),
        figure("no-codec-invert", f"No codecs, 177 MP, invert ({measured['invert']['tilework']:.3f} s)",
               "of OpenCV's time", ratio("invert"), 2.0, False),
        figure("null-segments", "Null segments over real RPC and filter hosts, one master", "a second",
               measured["null_segments"], 10_000, True),
        figure("scheduler", "Scheduler, simulated, one master", "segments assigned a second",
               float(simulated.group(1)), 100_000, True)]

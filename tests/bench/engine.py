"""Figures that programs measure by themselves."""

import re
import subprocess


def run(programs):
    simulated = subprocess.run([programs / "tilework-tests-unit", "[.bench]"], capture_output=True, text=True)
    found = re.search(r"([\d.]+) assignments", simulated.stdout)
    if simulated.returncode != 0 or not found:
        raise SystemExit("bench: the simulation of the scheduler failed: " + simulated.stdout[-500:])
    return [{"name": "scheduler", "title": "Scheduler, simulated", "unit": "segments assigned a second",
             "value": float(found.group(1)), "aim": 100_000, "more_is_better": True}]

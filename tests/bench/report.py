"""The benchmark's results as a table, as JSON, and as a picture."""

import json
import os
import platform
import subprocess


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal")) / 2**20
    vips = subprocess.run(["vips", "--version"], capture_output=True, text=True).stdout.strip()
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}, {vips}"


def print_aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) if i < 2 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip())


def print_table(results, figures):
    rows = [["case", "contender", "median", "ratio", "at most", "", "peak MiB", "at most", ""]]
    for result in results:
        for name, seconds in result["seconds"].items():
            mib = result["peak_bytes"][name] / 2**20
            row = [result["title"] if name == "tilework" else "", name, f"{seconds:.3f} s", "", "", "", f"{mib:.0f}", "", ""]
            if name == "tilework" and result["memory_aim_mib"]:
                row[7:] = [str(result["memory_aim_mib"]), "met" if mib <= result["memory_aim_mib"] else "missed"]
            if name != "tilework":
                ratio, aim = result["ratios"][name], result["aims"][name]
                row[3:6] = [f"{ratio:.2f}", f"{aim:.2f}", "met" if ratio <= aim else "missed"]
            rows.append(row)
    if len(rows) > 1:
        print_aligned(rows)
    for figure in figures:
        met = figure["value"] >= figure["aim"] if figure["more_is_better"] else figure["value"] <= figure["aim"]
        print(f"{figure['title']}: {figure['value']:,.2f} {figure['unit']}, "
              f"{'at least' if figure['more_is_better'] else 'at most'} {figure['aim']:,}: {'met' if met else 'missed'}")


def write_json(path, results, figures, rounds):
    with open(path, "w") as file:
        json.dump({"machine": machine(), "rounds": rounds, "cases": results, "figures": figures}, file, indent=2)


COLOURS = {"tilework": "#2a6fdb", "opencv": "#8a8f98", "vips": "#a9aeb6", "dask": "#c3c7cd", "forerunner": "#d9dce0"}
LEFT, BAR, GAP, WIDTH = 320, 20, 26, 900


def write_picture(path, results):
    """Bars as SVG: each contender's time, as a part of the slowest one's in its case."""
    lines, y = [], 64
    for result in results:
        slowest = max(result["seconds"].values())
        lines.append(f'<text x="20" y="{y + 15}" font-weight="600">{result["title"]}</text>')
        for name, seconds in result["seconds"].items():
            length = max(2, (WIDTH - LEFT - 110) * seconds / slowest)
            lines.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end" fill="#555">{name}</text>'
                         f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3" fill="{COLOURS[name]}"/>'
                         f'<text x="{LEFT + length + 8:.1f}" y="{y + 15}">{seconds:.2f} s</text>')
            y += BAR + 5
        y += GAP
    head = ('<text x="20" y="30" font-size="18" font-weight="600">Time for the whole job, less is better</text>'
            f'<text x="20" y="{y + 4}" fill="#777" font-size="11">{machine()}</text>')
    with open(path, "w") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 20}" font-family="sans-serif" '
                   f'font-size="13"><rect width="100%" height="100%" fill="white"/>{head}{"".join(lines)}</svg>\n')

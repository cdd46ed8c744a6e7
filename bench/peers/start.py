#!/usr/bin/env python3
"""Seconds from the start of `clconv filter` to its written result, of an image of 512 x 512 or
another: with a warm and with an empty cache of kernels."""
import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

import measure
import record

SIDE = 512
GOALS = {"warm": 0.15, "empty": 2.5}  # seconds, on PoCL
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def write_image(path):
    """A grey image that needs no library to be read: two gradients."""
    with open(path, "wb") as file:
        file.write(f"P5 {SIDE} {SIDE} 255\n".encode())
        file.write(bytes((3 * x + 5 * y) % 256 for y in range(SIDE) for x in range(SIDE)))


def seconds_of(command, cache):
    environment = {**os.environ, "CLCONV_CACHE_DIR": cache}
    environment.pop("POCL_CACHE_DIR", None)  # clconv puts PoCL's into its own
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, text=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"start.py: {' '.join(command)} ends with {done.returncode}: "
                         f"{done.stderr.strip()}")
    return seconds


def measure_command(options, command, folder):
    """(state of the cache, seconds of each run)"""
    warm = os.path.join(folder, "warm")
    os.makedirs(warm, exist_ok=True)
    empty = []
    for _ in range(options.empty):
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            empty.append(seconds_of(command, cache))
    seconds_of(command, warm)
    return ("warm", [seconds_of(command, warm) for _ in range(options.runs)]), ("empty", empty)


def rows_of(options, folder):
    """What was measured, a row for each kernel and state of the cache."""
    image = options.image or os.path.join(folder, "grey.pgm")
    result = os.path.join(folder, "result" + os.path.splitext(image)[1])
    if not options.image:
        write_image(image)
    for kernel in options.kernel or ["gaussian:2", "sharpen"]:
        command = [options.clconv, "filter", image, result, "-k", kernel,
                   *(["-d", options.device] if options.device else [])]
        for cache, seconds in measure_command(options, command, folder):
            if seconds:
                own = options.image or options.device  # the goals are for neither
                yield {"kernel": kernel, "cache": cache, "seconds": seconds,
                       "median": statistics.median(seconds), "goal": None if own else GOALS[cache]}


HEAD = """| kernel | cache | runs | median s | least | most | goal |
|---|---|--:|--:|--:|--:|--:|"""


def line_of(row):
    met = "reached" if row["goal"] and row["median"] <= row["goal"] else "missed"
    goal = f"{row['goal']}, {met}" if row["goal"] else ""
    return (f"| {row['kernel']} | {row['cache']} | {len(row['seconds'])} | {row['median']:.3f} | "
            f"{min(row['seconds']):.3f} | {max(row['seconds']):.3f} | {goal} |")


def write_record(folder, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "start.json"), "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.write("\n")
    with open(os.path.join(folder, "start.md"), "w", encoding="utf-8") as file:
        print(f"# From the start of `clconv filter` to its result, {data['image']}\n\n"
              f"- {data['date']}, clconv {data['commit']}, `{data['command']}`\n"
              f"- {data['cpu']}, {data['cores']} cores, {data['system']}, load before: "
              f"{data['load_before']:.2f}\n- of the processors' time that programs wanted the "
              f"host took {100 * data['stolen']:.0f} %\n\n{HEAD}", file=file)
        for row in data["rows"]:
            print(line_of(row), file=file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clconv", default=os.path.join(ROOT, "build", "clconv"))
    parser.add_argument("--runs", type=int, default=15, help="with a warm cache; default 15")
    parser.add_argument("--empty", type=int, default=5, help="with an empty one; default 5")
    parser.add_argument("--kernel", action="append", help="default: gaussian:2 and sharpen")
    parser.add_argument("--image", help="another one, in place of a grey PGM")
    parser.add_argument("--device", help="as of clconv filter")
    parser.add_argument("--out", metavar="FOLDER", help="write the record there")
    options = parser.parse_args()
    if options.runs < 1 or options.empty < 0:
        parser.error("--runs has to be 1 or more, --empty 0 or more")
    if not os.access(options.clconv, os.X_OK):
        parser.error(f"no clconv at {options.clconv}; give --clconv")
    name, cores = measure.cpu()
    data = {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "cpu": name, "cores": cores,
            "command": " ".join(map(shlex.quote, ["bench/peers/start.py", *sys.argv[1:]])),
            "commit": record.commit(), "system": platform.platform(),
            "load_before": os.getloadavg()[0],
            "image": options.image or f"a grey PGM of {SIDE} x {SIDE}", "rows": []}
    before = measure.processor_time()
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for row in rows_of(options, folder):
            data["rows"].append(row)
            print(line_of(row), flush=True)
    data["stolen"] = measure.stolen_since(before)
    print(f"\nOf the processors' time that programs wanted the host took "
          f"{100 * data['stolen']:.0f} %.")
    if options.out:
        write_record(options.out, data)


if __name__ == "__main__":
    sys.exit(main())

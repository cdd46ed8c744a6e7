#!/usr/bin/env python3
"""Seconds from the start of `clconv filter` to its written result, of an image of 512 x 512 or
another: with a warm and with an empty cache of kernels."""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

import measure

SIDE = 512
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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clconv", default=os.path.join(ROOT, "build", "clconv"))
    parser.add_argument("--runs", type=int, default=15, help="with a warm cache; default 15")
    parser.add_argument("--empty", type=int, default=5, help="with an empty one; default 5")
    parser.add_argument("--kernel", action="append", help="default: gaussian:2 and sharpen")
    parser.add_argument("--image", help="another one, in place of a grey PGM")
    parser.add_argument("--device", help="as of clconv filter")
    options = parser.parse_args()
    if options.runs < 1 or options.empty < 0:
        parser.error("--runs has to be 1 or more, --empty 0 or more")
    if not os.access(options.clconv, os.X_OK):
        parser.error(f"no clconv at {options.clconv}; give --clconv")
    before = measure.processor_time()
    with tempfile.TemporaryDirectory() as folder:
        image = options.image or os.path.join(folder, "grey.pgm")
        result = os.path.join(folder, "result" + os.path.splitext(image)[1])
        if not options.image:
            write_image(image)
        print("| kernel | cache | runs | median s | least | most |")
        print("|---|---|--:|--:|--:|--:|")
        for kernel in options.kernel or ["gaussian:2", "sharpen"]:
            command = [options.clconv, "filter", image, result, "-k", kernel,
                       *(["-d", options.device] if options.device else [])]
            for cache, seconds in measure_command(options, command, folder):
                if seconds:
                    print(f"| {kernel} | {cache} | {len(seconds)} | "
                          f"{statistics.median(seconds):.3f} | {min(seconds):.3f} | "
                          f"{max(seconds):.3f} |", flush=True)
    print(f"\nOf the processors' time that programs wanted the host took "
          f"{100 * measure.stolen_since(before):.0f} %.")


if __name__ == "__main__":
    sys.exit(main())

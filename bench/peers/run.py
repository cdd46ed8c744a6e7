#!/usr/bin/env python3
"""Runs clconv and its peers on the same problems, in turns, and prints the ratios of their times.

    run.py --all                    every row of the table of goals below
    run.py --row gaussians          one of them; --list names them
    run.py --set vgg16 --peer onednn --peer clblast
    run.py --row filters --set mine.txt
    run.py --problem 1x1x4096x4096:1x9x9:same:reflect101 --peer halide

A ratio is the peer's time by clconv's: above 1 clconv is faster. Both are medians of the rounds'
medians, from input to output in memory, everything prepared before. With --out FOLDER the record is
written there as peers.json and peers.md, after each chunk of problems anew, for the next may be the
last. The Python standard library is enough.
"""
import argparse
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import goals
import measure
import record

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", action="store_true", help="every row of goals")
    parser.add_argument("--row", action="append", default=[], help="a row of goals, by its name")
    parser.add_argument("--set", action="append", default=[],
                        help="a set of bench/shapes, or a FILE.txt of the same form; with --row "
                             "instead of the row's own")
    parser.add_argument("--problem", action="append", default=[],
                        help="the text of a problem; with --row instead of the row's own")
    parser.add_argument("--peer", action="append", default=[], help="only these peers")
    parser.add_argument("--match", default="", help="only problems whose line matches (regex)")
    parser.add_argument("--batch", type=int, help="so many images instead of the problems' own")
    parser.add_argument("--type", help="type of element instead of the problems' own f32: f16")
    parser.add_argument("--goal", type=float,
                        help="for the geometric mean, instead of the rows' own goals")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stolen", type=float, default=0.05,
                        help="the search and a round are run once more where the host of a virtual machine took a "
                             "larger part of what programs wanted of the processors")
    parser.add_argument("--seconds", type=float, default=0.5, help="for one measurement")
    parser.add_argument("--chunk", type=int, default=6, help="problems that take turns at a time")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help="the build's folder")
    parser.add_argument("--clconv", help="the command; else the build's")
    parser.add_argument("--out", help="folder for the record")
    parser.add_argument("--list", action="store_true", help="the rows of goals")
    return parser.parse_args()


def rows_of(options):
    """The rows to fill: named goals, or one for each peer and set that was asked for."""
    for name in options.peer:
        if name not in measure.PEERS:
            sys.exit(f"run.py: no peer '{name}'; there are {', '.join(measure.PEERS)}")
    if options.all or options.row:
        names = [row.name for row in goals.ROWS]
        for name in options.row:
            if name not in names:
                sys.exit(f"run.py: no row '{name}'; there are {', '.join(names)}")
        rows = [row for row in goals.ROWS if options.all or row.name in options.row]
        for row in rows:
            if options.set or options.problem:
                row.sets = options.set
            if options.goal is not None:
                row.mean, row.each = options.goal, None
        return [row for row in rows if not options.peer or row.peer in options.peer]
    peers = options.peer or list(measure.PEERS)
    rows = [goals.Row(f"{peer}-{title(name)}", title(name), "", [name], peer, None, options.goal)
            for name in options.set for peer in peers]
    if options.problem:
        rows += [goals.Row(f"{peer}-given", "problems given", "", [], peer, None, options.goal)
                 for peer in peers]
    return rows


def title(name):
    """Of a set, which may be a path."""
    return os.path.splitext(os.path.basename(name))[0]


def lines_of(row, options):
    """The problems of a row, as (problem and kernel argument, name); row.set_of says whence."""
    given = options.row or options.all or not row.sets
    lines = [(text, text) for text in options.problem] if given else []
    for name in row.sets:
        read = goals.read_set(name)
        row.set_of.update((text, name) for text, _ in read)
        lines += read

    def changed(text):
        if options.batch:
            text = re.sub(r"^\d+", str(options.batch), text)
        if options.type and options.type != "f32" and not re.search(r":[usf](8|16|32|64)\b", text):
            text = re.sub(r"^\S+", rf"\g<0>:{options.type}", text)
        return text

    lines = [(changed(text), name) for text, name in lines]
    row.set_of = {changed(text): name for text, name in row.set_of.items()}
    chosen = row.chosen(lines)
    return [line for line in chosen if re.search(options.match, " # ".join(line))]


def not_yet(text, name):
    """What a record says of a problem before its turn, and for ever where the run was cut off."""
    return {"problem": text, "name": name, "clconv": None, "peers": {},
            "why_not": {"clconv": "not measured: the run ended before"}}


def main():
    options = arguments()
    if options.list:
        for row in goals.ROWS:
            print(f"{row.name:24} {row.what}, against {row.against}")
        return 0
    rows = rows_of(options)
    if not rows:
        sys.exit("run.py: nothing to do; see --help")
    bench = measure.Bench(options)
    work = {}  # problem -> (name, peer -> classes of its variants or None), in the rows' order
    for row in rows:
        row.lines = lines_of(row, options)
        for text, name in row.lines:
            peers = work.setdefault(text, (name, {}))[1]
            if row.peer:
                known = peers.get(row.peer, [])
                both = None if row.classes is None or known is None else known + row.classes
                peers[row.peer] = both
    queue = [(text, name, peers) for text, (name, peers) in work.items()]
    measured = {text: not_yet(text, name) for text, name, _ in queue}
    if not queue:
        sys.exit("run.py: no problem matches")
    while queue:
        turn, queue = queue[:options.chunk], queue[options.chunk:]
        print(f"run.py: {len(work) - len(queue) - len(turn)} of {len(work)} done; "
              f"now {turn[0][0]} ...", file=sys.stderr)
        measured.update((entry["problem"], entry) for entry in bench.problems(turn))
        result = record.make(rows, measured, bench)
        if options.out:
            record.write(result, options.out)
    print(record.markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())

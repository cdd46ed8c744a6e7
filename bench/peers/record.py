"""The record of a comparison: as data (JSON) and for people (Markdown)."""
import json
import math
import os
import platform
import shlex
import subprocess
import sys
import time

import measure

VERSION = 1  # of the record


def fastest_of(row, entry):
    """The peer's time that counts in a row, as (variant, result); None when it has none."""
    found = [(key, result) for key, result in entry["peers"].items()
             if key.startswith(row.peer + "/") and
             (row.classes is None or key.split("/")[1] in row.classes)]
    return min(found, key=lambda pair: pair[1]["median"], default=None)


def ratios_of(row, measured):
    """(entry, variant, the peer's result, ratio) for the problems that both can do."""
    found = []
    for text, _ in row.lines:
        entry = measured[text]
        best = fastest_of(row, entry)
        if best and entry["clconv"]:
            found.append((entry, *best, best[1]["median"] / entry["clconv"]["median"]))
    return found


# Algorithms that multiply as often as the definition does.
PLAIN = ("direct", "tiled", "blocked", "depthwise", "pointwise", "polyphase", "im2col", "implicit_gemm")


def is_compute_bound(ours):
    """Whether the multiplications take longer than moving the data, at the ceilings of the same
    runs: those of other runs differ by more than is allowed here."""
    return ours["multiplying"] > 0.99 * ours["roof"]


def ceilings_of(row, measured):
    """(entry, part of the ceiling) for the problems that this ceiling bounds: of copies between the
    same buffers, and of the rate of f32, as they were just before and after."""
    found = []
    for text, _ in row.lines:
        entry = measured[text]
        ours = entry["clconv"]
        if not ours or ours["algorithm"] not in PLAIN:
            continue
        if is_compute_bound(ours) and row.roofline == "compute" and ours["of_rate"]:
            found.append((entry, ours["of_rate"]))
        elif not is_compute_bound(ours) and row.roofline == "memory" and ours["of_copies"]:
            found.append((entry, ours["of_copies"]))
    return found


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def commit():
    try:
        folder = os.path.dirname(os.path.abspath(__file__))
        return subprocess.run(["git", "-C", folder, "describe", "--always", "--dirty"], check=True,
                              capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def means_of(found):
    """Geometric mean and worst of (entry, ..., ratio)."""
    worst = min(found, key=lambda one: one[-1], default=None)
    return {"compared": len(found), "mean": geometric_mean([one[-1] for one in found]),
            "worst": worst[-1] if worst else None,
            "worst_problem": worst[0]["name"] if worst else None}


def by_set(row, found):
    return {name: means_of([one for one in found if row.set_of.get(one[0]["problem"]) == name])
            for name in row.sets}


def row_result(row, measured, bench):
    found = ratios_of(row, measured) if row.peer else ceilings_of(row, measured)
    result = {"row": row.name, "what": row.what, "against": row.against, "goal_mean": row.mean,
              "goal_each": row.each, "problems": len(row.lines), **means_of(found),
              "sets": by_set(row, found),
              "not_compared": [[*key, names] for key, names in reasons_of(row, measured).items()],
              "missed": [one[0]["name"] for one in found if row.each and one[-1] < row.each]}
    if row.peer in bench.missing:
        result["missing"] = bench.missing[row.peer]
    return result


def make(rows, measured, bench):
    name, cores = measure.cpu()
    return {"version": VERSION, "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "command": " ".join(map(shlex.quote, ["bench/peers/run.py", *sys.argv[1:]])),
            "commit": commit(), "cpu": name, "cores": cores, "system": platform.platform(),
            "load_before": bench.load,
            "stolen": measure.stolen_since(bench.begun), "device": bench.device,
            "ceilings": bench.ceilings, "peers": bench.versions, "missing": bench.missing,
            "rows": [row_result(row, measured, bench) for row in rows],
            "tables": [table_of(row, measured) for row in rows if row.peer],
            "problems": list(measured.values())}


def table_of(row, measured):
    lines = []
    for entry, variant, theirs, ratio in ratios_of(row, measured):
        lines.append([entry["name"], entry["clconv"]["algorithm"], entry["clconv"]["median"],
                      theirs["variant"], theirs["median"], ratio])
    return {"row": row.name, "what": row.what, "against": row.against, "lines": lines}


def number(value, digits=2):
    return "" if value is None else f"{value:.{digits}f}"


def ms(seconds):
    return f"{seconds * 1e3:.{3 if seconds < 0.01 else 1}f}"


def goal_of(row, key):
    goal, reached = row["goal_" + key], row["mean" if key == "mean" else "worst"]
    if goal is None:
        return ""
    verdict = "" if reached is None else ", reached" if reached >= goal else ", missed"
    return f"{goal:g}{verdict}"


def markdown_rows(rows):
    lines = ["| row | problems | against | compared | geometric mean | goal | worst | goal |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        worst = f"{number(row['worst'])} ({row['worst_problem']})" if row["compared"] else ""
        against = row["against"] + (", missing" if "missing" in row else "")
        lines.append(f"| {row['row']} | {row['what']} | {against} | {row['compared']} of "
                     f"{row['problems']} | {number(row['mean'])} | {goal_of(row, 'mean')} | "
                     f"{worst} | {goal_of(row, 'each')} |")
        for name, part in row["sets"].items() if len(row["sets"]) > 1 else ():
            if part["compared"]:
                lines.append(f"| | {name} | | {part['compared']} | {number(part['mean'])} | | "
                             f"{number(part['worst'])} ({part['worst_problem']}) | |")
    return lines


def markdown_table(table):
    lines = ["", f"## {table['row']}: {table['what']}, against {table['against']}", "",
             "| problem | clconv | ms | peer | ms | ratio |", "|---|---|--:|---|--:|--:|"]
    for name, algorithm, ours, variant, theirs, ratio in table["lines"]:
        lines.append(f"| {name} | {algorithm} | {ms(ours)} | {variant} | {ms(theirs)} | "
                     f"{ratio:.2f} |")
    return lines


def reasons_of(row, measured):
    """Why problems of the row are not compared: {(who, why): names}."""
    compared = {entry["problem"] for entry, *_ in ratios_of(row, measured)} if row.peer else set()
    reasons = {}
    for text, name in row.lines:
        why_not = measured[text]["why_not"] if text not in compared else {}
        ours = measured[text]["clconv"]
        if row.roofline == "memory" and ours and ours.get("of_copies") is None and \
                not is_compute_bound(ours):
            why_not = {**why_not, "clconv": "copies of its buffers could not be measured"}
        for who, why in why_not.items():
            peer, _, kind = who.partition("/")
            if who == "clconv" or peer == row.peer and (not kind or row.classes is None or
                                                        kind in row.classes):
                names = reasons.setdefault((peer, why), [])
                names += [name] if name not in names else []
    return reasons


def markdown_reasons(rows):
    lines = []
    for row in rows:
        for who, why, names in row["not_compared"]:
            some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            lines.append(f"- {row['row']}: {who}: {why} ({some})")
    return ["", "## Not compared", ""] + lines if lines else []


def markdown(result):
    lines = ["# clconv and its peers", "",
             "Ratio: the peer's time by clconv's; above 1 clconv is faster.", "",
             f"- {result['date']}, clconv {result['commit']}, `{result['command']}`",
             f"- {result['cpu']}, {result['cores']} cores, {result['system']}, load before: "
             f"{result['load_before']:.2f}" +
             (f"; of the processors' time that programs wanted the host took "
              f"{100 * result['stolen']:.0f} %" if result["stolen"] >= 0.005 else "")]
    device, ceilings = result["device"], result["ceilings"]
    if device:
        lines.append(f"- {device['id']}, driver {device['driver']}; ceilings: "
                     f"{ceilings['f32_flops_per_second'] / 1e9:.0f} GFLOP/s in f32, copies of "
                     f"{ceilings['copy_bytes_per_second'] / 1e9:.1f} GB/s")
    lines += [f"- {peer}: {version}" for peer, version in result["peers"].items()]
    lines += [f"- {peer} is missing: {why}" for peer, why in result["missing"].items()]
    lines += [""] + markdown_rows(result["rows"])
    for table in result["tables"]:
        if table["lines"]:
            lines += markdown_table(table)
    return "\n".join(lines + markdown_reasons(result["rows"]))


def write(result, folder):
    os.makedirs(folder, exist_ok=True)
    for name, text in (("peers.json", json.dumps(result, indent=1)),
                       ("peers.md", markdown(result))):
        path = os.path.join(folder, name)
        with open(path + ".part", "w", encoding="utf-8") as file:
            file.write(text + "\n")
        os.replace(path + ".part", path)
        print(f"run.py: {path}", file=sys.stderr)

"""Runs the programs: clconv and the peers, in turns."""
import contextlib
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile

BUILT = "not built: on Debian install %s, then build with -DCLCONV_PEERS=ON"
PEERS = {  # name: the remedy where it is missing
    "opencv": BUILT % "libopencv-imgproc-dev",
    "halide": BUILT % "libhalide14-0-dev",
    "onednn": BUILT % "libdnnl-dev",
    "clblast": BUILT % "libclblast-dev",
    "vips": BUILT % "libvips-dev",
    "nvidia": "needs an NVIDIA GPU, numpy, and PyTorch or CuPy",
}
SLOW_TO_START = {"nvidia"}  # one process for many problems
SEARCH = 0.3  # part of --seconds that a variant gets when the fastest ones are looked for
STAT = os.environ.get("CLCONV_PROC_STAT", "/proc/stat")

# Each thread keeps its core, on both sides: Linux else leaves both of two threads that PoCL wakes on
# one core for as long as kernels take less than a millisecond.
BOUND = {"POCL_AFFINITY": "1", "OMP_PROC_BIND": "true"}


class Failure(Exception):
    pass


def processor_time():
    """Since the system's start, of all processors, in ticks: what programs wanted, and what of it the
    host of a virtual machine gave to others. Zeros where the system does not say."""
    try:
        with open(STAT, encoding="ascii") as file:
            user, nice, system, _, _, irq, soft, stolen = map(int, file.readline().split()[1:9])
    except (OSError, ValueError):
        return 0, 0
    return user + nice + system + irq + soft + stolen, stolen


def stolen_since(before):
    """The part that the host took of what programs wanted."""
    wanted, stolen = (now - then for now, then in zip(processor_time(), before))
    return stolen / wanted if wanted else 0


def bind_threads():
    """For all programs that are run, unless some cores are not ours or the caller has set it."""
    if os.sched_getaffinity(0) == set(range(os.cpu_count())):
        for name, value in BOUND.items():
            os.environ.setdefault(name, value)


def run(command, may_fail=False):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not (may_fail and done.stdout):  # a wrong result is in the output
        words = (done.stderr or done.stdout).strip().split("\n")[-1]
        raise Failure(words or f"{command[0]} ends with {done.returncode}")
    return done.stdout


def fields_of(line):
    """The result that a peer's line holds: variant and either times or a reason."""
    _, variant, median, *rest = line.split("\t")
    variant = variant.partition("/")[2]
    if median == "-":
        return {"variant": variant, "why_not": rest[0]}
    return {"variant": variant, "median": float(median), "least": float(rest[0]),
            "samples": int(rest[1]), "error": float(rest[2])}


def class_of(variant):
    return variant.partition(":")[0]


def fastest(results):
    """Of each class the variant with the least time."""
    best = {}
    for result in results:
        name = class_of(result["variant"])
        if "least" in result and (name not in best or result["least"] < best[name]["least"]):
            best[name] = result
    return {name: result["variant"] for name, result in best.items()}


def summary(rounds, wanted):
    """One result of those of several rounds: the median of the medians, of as many as are wanted,
    those of which the host took least."""
    rounds = sorted(rounds, key=lambda r: r["stolen"])[:wanted]

    def known(key):
        return [r[key] for r in rounds if r.get(key) is not None]

    best = {key: min(known(key)) for key in ("roof", "multiplying") if known(key)}
    middle = {key: statistics.median(known(key))
              for key in ("median", "on_device", "of_rate", "of_copies") if known(key)}
    return {**rounds[0], **best, **middle,
            "least": min(r["least"] for r in rounds), "samples": sum(r["samples"] for r in rounds),
            "rounds": [r["median"] for r in rounds], "stolen": [r["stolen"] for r in rounds]}


class Bench:
    def __init__(self, options):
        self.options = options
        self.clconv = options.clconv or os.path.join(options.build, "clconv")
        if not os.access(self.clconv, os.X_OK):
            raise SystemExit(f"run.py: no clconv at {self.clconv}; give --build or --clconv")
        self.versions, self.missing = {}, {}
        self.servers = {}  # path -> process
        self.device, self.ceilings = {}, {}  # ceilings: the best of all runs
        bind_threads()
        self.load = os.getloadavg()[0]
        self.begun = processor_time()
        if self.load > 0.3:
            print(f"run.py: the machine is busy (load {self.load:.2f}): times are no claims",
                  file=sys.stderr)

    def program(self, peer):
        """Path of a peer's program; None when it is missing, which is said once."""
        path = os.path.join(self.options.build, "bench", "peers", "peer_" + peer)
        if peer == "nvidia":
            path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "nvidia.py")
        if peer in self.versions:
            return path
        if peer not in self.missing:
            try:
                self.versions[peer] = run([path, "--version"]).strip()
                return path
            except (OSError, Failure):
                self.missing[peer] = PEERS[peer]
                print(f"run.py: {peer} is missing: {self.missing[peer]}", file=sys.stderr)
        return None

    def peer(self, peer, text, seconds, variants=None):
        path, chosen = self.program(peer), ",".join(variants or [])
        before = processor_time()
        if peer in SLOW_TO_START:
            lines = self.ask(path, f"{text}\t{chosen}\t{seconds}")
        else:
            words = ["--variants", chosen] if variants else []
            lines = run([path, "--seconds", str(seconds), *words, text], may_fail=True).splitlines()
        stolen = stolen_since(before)
        return [{**fields_of(line), "stolen": stolen} for line in lines]

    def ask(self, path, question):
        """What a process that stays prints for a problem, up to an empty line."""
        if path not in self.servers or self.servers[path].poll() is not None:
            self.servers[path] = subprocess.Popen([path], stdin=subprocess.PIPE, text=True,
                                                  stdout=subprocess.PIPE)
        server, lines, line = self.servers[path], [], ""
        try:
            print(question, file=server.stdin, flush=True)
            while (line := server.stdout.readline()).strip():
                lines.append(line.rstrip("\n"))
        except OSError:
            pass
        if not line:  # not even the empty one
            raise Failure(f"{os.path.basename(path)} ends with {server.wait()}")
        return lines

    def ours(self, texts, first):
        """clconv's own measurement of the algorithm that it chooses, checked in the first round."""
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("\n".join(texts) + "\n")
            file.flush()
            before = processor_time()
            output = run([self.clconv, "bench", file.name, "--chosen", "--json", "-", "--verify",
                          "some" if first else "no", "--seconds", str(self.options.seconds)],
                         may_fail=True)
            stolen = stolen_since(before)
        record = json.loads(output)
        self.device = record["device"]
        self.ceilings = {key: max(value, self.ceilings.get(key, 0)) for key, value
                         in record["ceilings"].items() if not isinstance(value, list)}
        if len(record["problems"]) != len(texts):
            raise SystemExit(f"run.py: clconv bench ended after {len(record['problems'])} of "
                             f"{len(texts)} problems")
        return [{**ours_of(problem, record["ceilings"]), "stolen": stolen}
                for problem in record["problems"]]

    def search(self, peers, text):
        """Every variant of every peer once, or twice where the host disturbed it; of each class
        wanted the fastest, and the reasons of others."""
        chosen, reasons = {}, {}
        for peer, classes in sorted(peers.items()):
            if not self.program(peer):
                continue
            try:
                results = self.peer(peer, text, SEARCH * self.options.seconds)
            except Failure as failure:
                reasons[peer] = str(failure)
                continue
            if any(result["stolen"] > self.options.stolen for result in results):
                with contextlib.suppress(Failure):
                    results += self.peer(peer, text, SEARCH * self.options.seconds)
            chosen[peer] = {name: variant for name, variant in fastest(results).items()
                            if classes is None or name in classes}
            reasons.update({f"{peer}/{class_of(r['variant'])}": r["why_not"] for r in results
                            if "why_not" in r and class_of(r["variant"]) not in chosen[peer]})
        return chosen, reasons

    def problems(self, work):
        """work: (text, name, peer -> classes or None) of some problems, which take turns with each
        other. Gives for each {"problem", "name", "clconv": result, "peers": {"peer/class": result},
        "why_not"}."""
        entries = [{"problem": text, "name": name, "clconv": [], "peers": {}, "why_not": {}}
                   for text, name, _ in work]
        chosen = []
        for entry, (text, _, peers) in zip(entries, work):
            classes, entry["why_not"] = self.search(peers, text)
            chosen.append(classes)
        wanted = self.options.rounds
        for i in range(2 * wanted):
            if i < wanted or not self.were_undisturbed(entries):
                self.round(entries, chosen, i == 0)
        for entry in entries:
            ours, wrong = entry["clconv"], "clconv" in entry["why_not"]
            entry["clconv"] = summary(ours, wanted) if ours and not wrong else None
            entry["peers"] = {key: summary(one, wanted) for key, one in entry["peers"].items()}
        return entries

    def were_undisturbed(self, entries):
        """As many rounds of each as are wanted."""
        return all(sum(result["stolen"] <= self.options.stolen for result in results)
                   >= min(self.options.rounds, len(results))
                   for entry in entries for results in (entry["clconv"], *entry["peers"].values()))

    def round(self, entries, chosen, first):
        """clconv on all of them, then each peer on all of them."""
        for entry, result in zip(entries, self.ours([e["problem"] for e in entries], first)):
            if "why_not" in result:
                entry["why_not"]["clconv"] = result["why_not"]
            else:
                entry["clconv"].append(result)
        for peer in PEERS:
            for entry, classes in zip(entries, chosen):
                if not classes.get(peer):
                    continue
                try:
                    results = self.peer(peer, entry["problem"], self.options.seconds,
                                        classes[peer].values())
                except Failure as failure:
                    entry["why_not"][peer] = str(failure)
                    continue
                for result in results:
                    key = f"{peer}/{class_of(result['variant'])}"
                    if "median" in result:
                        entry["peers"].setdefault(key, []).append(result)


def ours_of(problem, ceilings):
    """What counts of a problem in the record of `clconv bench`: the host's clock, as for peers."""
    found = [one for one in problem["algorithms"] if one["chosen"]]
    if not found or found[0]["outcome"] != "ran" or found[0].get("result") == "wrong":
        words = found[0].get("reason") or "wrong result" if found else problem.get("reason", "")
        return {"why_not": words or "nothing was chosen"}
    times = found[0]["host_seconds"]
    on_device, rate = found[0]["median_seconds"], found[0].get("f32_flops_per_second_beside")
    copies = found[0].get("copy_bytes_per_second_beside")
    return {"algorithm": found[0]["algorithm"], "shape": found[0]["shape"],
            "median": statistics.median(times), "least": min(times), "samples": len(times),
            "on_device": on_device,
            "of_rate": problem["flops"] / rate / on_device if rate and on_device else None,
            "of_copies": problem["bytes"] / copies / on_device if copies and on_device else None,
            "roof": problem["roof_seconds"], "flops": problem["flops"],
            "multiplying": problem["flops"] / (ceilings["f32_flops_per_second"] or math.inf),
            "canonical": problem["problem"]}


def cpu():
    """Name of the processor, and the number of cores that this process may use."""
    name = ""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            match = re.search(r"model name\s*: (.*)", file.read())
            name = match[1] if match else ""
    except OSError:
        pass
    return name, len(os.sched_getaffinity(0))

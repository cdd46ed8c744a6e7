#!/usr/bin/env python3
"""The peers on an NVIDIA GPU: cuDNN through PyTorch, and CuPy's cupyx.scipy.ndimage.

Takes problems and prints lines as the other peers do (peer.h). A line of stdin is a problem, perhaps
a tab and variants, perhaps a tab and seconds; an empty line follows what is printed for it. What is measured: from input in the
device's memory to output there, by the host's clock, the device idle before and after.
"""
import argparse
import math
import re
import sys
import time

MISSING = {}
try:
    import numpy
except ImportError:
    sys.exit("nvidia.py: numpy is missing: pip install numpy")
try:
    import torch
    import torch.nn.functional as functional
    if not torch.cuda.is_available():
        MISSING["torch"] = "PyTorch sees no NVIDIA GPU"
except ImportError:
    torch = None
    MISSING["torch"] = "PyTorch is missing: pip install torch"
try:
    import cupy
    import cupyx.scipy.ndimage
    cupy.cuda.runtime.getDeviceCount()
except Exception as error:  # without a driver it raises what it likes
    cupy = None
    MISSING["cupy"] = f"CuPy does not work (pip install cupy-cuda12x): {error}".split("\n")[0]

BORDERS = ("constant", "replicate", "reflect", "reflect101", "wrap")
TYPES = {"f32": "float32", "f16": "float16", "f64": "float64", "u8": "uint8", "u16": "uint16",
         "s16": "int16"}
CUPY_MODES = {"constant": "constant", "replicate": "nearest", "reflect": "reflect",
              "reflect101": "mirror", "wrap": "wrap"}
TORCH_MODES = {"replicate": "replicate", "reflect101": "reflect", "wrap": "circular"}
TOLERANCE = {"float32": 1e-4, "float16": 5e-3, "float64": 1e-9}  # of the sum of |x| * |w|
TF32 = 2e-3
LOOKED_AT = 300


class Refusal(Exception):
    pass


def numbers(word, letter):
    return [int(v) for v in word[len(letter):].split(",")]


class Problem:
    """What the text of a problem says, as far as these peers can do it."""

    def __init__(self, line):
        text, _, self.kernel = line.partition(" ")
        x, f, *options = text.split(":")
        self.n, self.c, self.h, self.w = map(int, x.split("x"))
        self.k, self.r, self.s = map(int, f.split("x"))
        self.groups, self.stride, self.dilation, self.pad = 1, [1, 1], [1, 1], [0, 0, 0, 0]
        self.border, self.type, self.nhwc, self.extent = "constant", "float32", False, "explicit"
        for word in options:
            self.option(word)
        self.place()
        self.fill()

    def option(self, word):
        if re.fullmatch(r"s\d+(,\d+)?", word):
            self.stride = (numbers(word, "s") * 2)[:2]
        elif re.fullmatch(r"d\d+(,\d+)?", word):
            self.dilation = (numbers(word, "d") * 2)[:2]
        elif re.fullmatch(r"g\d+", word):
            self.groups = int(word[1:])
        elif re.fullmatch(r"p\d+(,\d+)*", word):
            p = numbers(word, "p")
            self.pad = p * 4 if len(p) == 1 else [p[0], p[0], p[1], p[1]] if len(p) == 2 else p
        elif word in ("same", "valid", "full"):
            self.extent = word
        elif word in BORDERS:
            self.border = word
        elif word in TYPES:
            self.type = TYPES[word]
        elif word in ("nhwc", "nchw"):
            self.nhwc = word == "nhwc"
        else:
            raise Refusal(f"compared without '{word}'")

    def place(self):
        """Padding and output size; extent same has ceil(size / stride) outputs."""
        self.out = []
        for axis, (size, taps) in enumerate(((self.h, self.r), (self.w, self.s))):
            reach, stride = self.dilation[axis] * (taps - 1) + 1, self.stride[axis]
            before, after = self.pad[2 * axis:2 * axis + 2]
            if self.extent == "full":
                before = after = reach - 1
            if self.extent == "same":
                before = (taps - 1) // 2 * self.dilation[axis]
                after = (math.ceil(size / stride) - 1) * stride + reach - size - before
            self.pad[2 * axis:2 * axis + 2] = before, after
            self.out.append((size + before + after - reach) // stride + 1)

    def fill(self):
        """x[n][c][h][w] and f[k][c / groups][r][s]."""
        random = numpy.random.default_rng(1)
        shape, taps = (self.n, self.c, self.h, self.w), (self.k, self.c // self.groups, self.r,
                                                         self.s)
        self.integer = not self.type.startswith("float")
        if self.integer:
            self.x = random.integers(0, 256, shape, self.type)
        else:  # in place, for images of 4 GiB
            self.x = random.random(shape, "float32")
            self.x *= 2
            self.x -= 1
            self.x = self.x.astype(self.type, copy=False)
        self.f = random.random(taps, "float32") * 2 - 1
        self.axis = None
        kind, _, value = self.kernel.partition(":")
        if kind in ("gaussian", "box"):
            middle = (numpy.arange(self.r) - (self.r - 1) / 2) ** 2
            bell = numpy.exp(-middle / (2 * float(value) ** 2)) if kind == "gaussian" else \
                numpy.ones(self.r)
            self.axis = (bell / bell.sum()).astype("float32")
            self.f[:] = numpy.outer(self.axis, self.axis)
        elif self.kernel:
            raise Refusal("of kernels these peers know gaussian:SIGMA and box:SIZE")
        elif self.integer:
            self.f = abs(self.f) / abs(self.f).sum((2, 3), keepdims=True)
        if self.nhwc and self.groups == self.c == self.k:
            self.f[:] = self.f[0]  # as in peer.h: one filter for all channels of an image

    def expected(self, n, k, row, column):
        """The sum of one output and that of its absolute values, in double precision."""
        per, first = self.c // self.groups, k // (self.k // self.groups) * (self.c // self.groups)
        rows = row * self.stride[0] - self.pad[0] + numpy.arange(self.r) * self.dilation[0]
        columns = column * self.stride[1] - self.pad[2] + numpy.arange(self.s) * self.dilation[1]
        at = (slice(None), self.index(rows, self.h)[:, None], self.index(columns, self.w))
        window = self.x[n, first:first + per][at].astype("float64")
        if self.border == "constant":
            window = window * ((rows >= 0) & (rows < self.h))[:, None]
            window = window * ((columns >= 0) & (columns < self.w))
        products = window * self.f[k]
        return products.sum(), abs(products).sum()

    def index(self, i, size):
        if self.border == "wrap":
            return i % size
        if self.border in ("reflect", "reflect101"):
            edge = int(self.border == "reflect")
            period = max(2 * size - 2 + 2 * edge, 1)
            i = i % period
            return numpy.where(i < size, i, period - i - edge)
        return numpy.clip(i, 0, size - 1)

    def error(self, y, tolerance):
        """The largest |y - expected| of those looked at, and whether one is off by too much."""
        random, largest, wrong = numpy.random.default_rng(3), 0.0, False
        for _ in range(LOOKED_AT):
            at = tuple(int(random.integers(size)) for size in (self.n, self.k, *self.out))
            total, magnitude = self.expected(*at)
            off = abs(float(y[at]) - total)
            wrong |= not off <= (1.01 if self.integer else tolerance * magnitude)
            largest = max(largest, off)
        return largest, wrong


class Torch:
    """conv2d of PyTorch, which is cuDNN's; the fastest of its algorithms (benchmark mode). turned:
    tensors in the other layout than the problem's, reorders not counted."""

    def __init__(self, problem, tf32, turned=False):
        if "torch" in MISSING:
            raise Refusal(MISSING["torch"])
        if problem.integer:
            raise Refusal("no convolution of integers")
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
        pad, zero = problem.pad, problem.border == "constant"
        if not zero and any(pad) and problem.border not in TORCH_MODES:
            raise Refusal(f"no border {problem.border}")
        self.inner = (pad[0], pad[2]) if zero and pad[0] == pad[1] and pad[2] == pad[3] else (0, 0)
        self.outer = None if any(self.inner) or not any(pad) else [pad[2], pad[3], pad[0], pad[1]]
        self.mode = "constant" if zero else TORCH_MODES.get(problem.border)
        kind = getattr(torch, problem.type)
        interleaved = problem.nhwc != turned
        memory = torch.channels_last if interleaved else torch.contiguous_format
        self.x = torch.from_numpy(problem.x).cuda().to(memory_format=memory)
        self.f = torch.from_numpy(problem.f).to(kind).cuda().to(memory_format=memory)
        self.problem = problem
        self.tolerance = TF32 if tf32 and problem.type == "float32" else TOLERANCE[problem.type]

    def run(self):
        x = functional.pad(self.x, self.outer, self.mode) if self.outer else self.x
        with torch.no_grad():
            self.y = functional.conv2d(x, self.f, None, self.problem.stride, self.inner,
                                       self.problem.dilation, self.problem.groups)
        torch.cuda.synchronize()

    def result(self):
        return self.y.cpu().numpy()


class Cupy:
    """correlate, correlate1d along both axes, or gaussian_filter of cupyx.scipy.ndimage."""

    def __init__(self, problem, function):
        if "cupy" in MISSING:
            raise Refusal(MISSING["cupy"])
        if problem.n != 1 or not problem.c == problem.k == problem.groups or \
                [problem.h, problem.w] != problem.out or problem.dilation != [1, 1]:
            raise Refusal("filters every channel of one image by itself, nothing else")
        if function != "correlate" and problem.axis is None:
            raise Refusal("the filter has no known factors")
        if function == "gaussian" and not problem.kernel.startswith("gaussian"):
            raise Refusal("no gaussian")
        if problem.r % 2 == 0 or problem.s % 2 == 0:
            raise Refusal("the anchor is its own")
        self.function, self.problem, self.mode = function, problem, CUPY_MODES[problem.border]
        self.planes = [cupy.asarray(plane) for plane in problem.x[0]]
        self.f = [cupy.asarray(f[0]) for f in problem.f]
        self.axis = None if problem.axis is None else cupy.asarray(problem.axis)
        self.y = [cupy.empty_like(plane) for plane in self.planes]
        self.tolerance = TOLERANCE.get(problem.type, 0)

    def run(self):
        image = cupyx.scipy.ndimage
        for x, f, y in zip(self.planes, self.f, self.y):
            if self.function == "correlate":
                image.correlate(x, f, y, self.mode)
            elif self.function == "gaussian":
                sigma = float(self.problem.kernel.split(":")[1])
                image.gaussian_filter(x, sigma, 0, y, self.mode,
                                      truncate=(self.problem.r // 2) / sigma)
            else:
                part = image.correlate1d(x, self.axis, 0, "float32", self.mode)
                image.correlate1d(part, self.axis, 1, y, self.mode)
        cupy.cuda.Device().synchronize()

    def result(self):
        return numpy.stack([cupy.asnumpy(y) for y in self.y])[None]


VARIANTS = {
    "torch": lambda p: Torch(p, False),
    "torch:turned": lambda p: Torch(p, False, True),
    "torch-tf32": lambda p: Torch(p, True),
    "torch-tf32:turned": lambda p: Torch(p, True, True),
    "cupy:correlate": lambda p: Cupy(p, "correlate"),
    "cupy:correlate1d": lambda p: Cupy(p, "correlate1d"),
    "cupy:gaussian": lambda p: Cupy(p, "gaussian"),
}


def measure(peer, seconds):
    times, begin = [], time.perf_counter()
    while time.perf_counter() - begin < 0.1 * seconds or not hasattr(peer, "y"):
        peer.run()
    begin = time.perf_counter()
    while len(times) < 5 or (time.perf_counter() - begin < seconds and len(times) < 2000):
        start = time.perf_counter()
        peer.run()
        times.append(time.perf_counter() - start)
    return sorted(times)


def line_of(problem, variant, seconds):
    peer = VARIANTS[variant](problem)
    times = measure(peer, seconds)
    error, wrong = problem.error(peer.result(), peer.tolerance)
    if wrong:
        raise Refusal(f"wrong result: off by {error:.3g}")
    return f"{times[len(times) // 2]:.9g}\t{times[0]:.9g}\t{len(times)}\t{error:.3g}"


def version():
    parts = list(MISSING.values())
    if "torch" not in MISSING:
        parts.append(f"PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}, "
                     f"{torch.cuda.get_device_name()}")
    if cupy:
        parts.append(f"CuPy {cupy.__version__}")
    return "; ".join(parts)


def run_problem(line, variants, seconds):
    line = line.partition("#")[0].strip()
    if not line:
        return
    try:
        problem, why = Problem(line), None
    except Refusal as refusal:
        problem, why = None, refusal
    for variant in variants.split(","):
        try:
            if why:
                raise why
            text = line_of(problem, variant, seconds)
        except Exception as failure:  # the libraries raise what they like
            text = "-\t" + " ".join(str(failure).split() or [type(failure).__name__])
        print(f"{line}\tnvidia/{variant}\t{text}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("problem", nargs="*")
    options = parser.parse_args()
    if options.version or options.list:
        print(version() if options.version else "\n".join(VARIANTS))
        return 1 if options.version and len(MISSING) == 2 else 0
    for line in options.problem:
        run_problem(line, options.variants, options.seconds)
    for line in [] if options.problem else sys.stdin:  # one after the other, as they come
        line, _, rest = line.rstrip("\n").partition("\t")
        variants, _, seconds = rest.partition("\t")
        run_problem(line, variants or options.variants, float(seconds or options.seconds))
        print(flush=True)  # an empty line ends what belongs to the problem
        if "torch" not in MISSING:  # the memory is for others now
            torch.cuda.empty_cache()
        if cupy:
            cupy.get_default_memory_pool().free_all_blocks()
    return 0


if __name__ == "__main__":
    sys.exit(main())

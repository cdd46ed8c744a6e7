"""What is compared with what, and the ratios to reach: on two cores with PoCL; nvidia: on a GPU."""
import os
import re

SHAPES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "shapes")


class Row:
    """One row of the table of goals: some problems against one peer."""

    def __init__(self, name, what, against, sets, peer, classes, mean=None, each=None, only=None,
                 roofline=None):
        self.name = name  # for --row
        self.what, self.against = what, against
        self.sets = sets  # files of bench/shapes, or paths that end in .txt
        self.peer = peer  # None: the device's own ceiling
        self.classes = classes  # of the peer's variants, the fastest counts; None: all
        self.mean, self.each = mean, each  # goals: geometric mean, and every case; None: none
        self.only = only  # function of (problem, name)
        self.roofline = roofline  # "memory": part of the copies beside; "compute": of the rate beside
        self.lines, self.set_of = [], {}  # filled by run.py; set_of: problem -> file

    def chosen(self, lines):
        return [line for line in lines if self.only is None or self.only(*line)]


def side(problem):
    """Rows and columns of the filter."""
    match = re.match(r"[0-9x]+:[0-9]+x([0-9]+)x([0-9]+)", problem)
    return int(match[1]), int(match[2])


def upto31(problem, _name):
    return max(side(problem)) <= 31


def at63(problem, _name):
    return side(problem) == (63, 63)


def grey_f32(problem, name):
    return upto31(problem, name) and problem.startswith("1x1x") and ":u8" not in problem


NETWORKS = ["vgg16", "resnet50", "mobilenet_v2"]
BLURS, STRIPS = ["GaussianBlur", "sepFilter2D"], ["GaussianBlur-strips", "sepFilter2D-strips"]

ROWS = [
    Row("filters", "image filters 3 to 31, f32 and u8, grey and RGB", "OpenCV filter2D",
        ["images"], "opencv", ["filter2D"], 2.5, 1.2, upto31),
    Row("filters-strips", "the same", "OpenCV filter2D, called on strips from all cores",
        ["images"], "opencv", ["filter2D-strips"], only=upto31),
    Row("halide", "image filters 3 to 31, grey f32", "Halide, scheduled by hand",
        ["images"], "halide", ["jit"], 1.2, 1.0, grey_f32),
    Row("63", "image filters of 63 x 63", "OpenCV filter2D",
        ["images"], "opencv", ["filter2D"], 1.5, None, at63),
    Row("63-strips", "the same", "OpenCV filter2D, called on strips from all cores",
        ["images"], "opencv", ["filter2D-strips"], only=at63),
    Row("gaussians", "Gaussians sigma 1, 2, 5, 10", "OpenCV GaussianBlur, sepFilter2D",
        ["gaussians"], "opencv", BLURS, 2.0, 1.1),
    Row("gaussians-strips", "the same", "those two, called on strips from all cores",
        ["gaussians"], "opencv", STRIPS),
    Row("networks", "VGG-16, ResNet-50, MobileNet-V2, f32", "oneDNN's best, its own layout",
        NETWORKS, "onednn", ["own"], 1.0, 0.6),
    Row("networks-nchw", "the same", "oneDNN's best, from and to NCHW",
        NETWORKS, "onednn", ["from-to"]),
    Row("convgemm", "the same", "CLBlast convgemm on the same device",
        NETWORKS, "clblast", ["convgemm"], 10, 3),
    Row("vips-filters", "image filters 3 to 31", "libvips conv",
        ["images"], "vips", ["conv"], only=upto31),
    Row("vips-gaussians", "Gaussians", "libvips convsep, gaussblur",
        ["gaussians"], "vips", ["convsep", "gaussblur"]),
    Row("cudnn", "the networks", "cuDNN through PyTorch, TF32 off",
        NETWORKS, "nvidia", ["torch"], 1.0),
    Row("cudnn-tf32", "the same", "cuDNN through PyTorch, TF32 on",
        NETWORKS, "nvidia", ["torch-tf32"]),
    Row("cudnn-filters", "image filters 3 to 31", "PyTorch conv2d, TF32 off",
        ["images"], "nvidia", ["torch"], None, 1.0, upto31),
    Row("cupy-filters", "the same", "cupyx.scipy.ndimage, planes",
        ["images"], "nvidia", ["cupy"], None, 1.0, upto31),
    Row("cupy-gaussians", "Gaussians", "cupyx.scipy.ndimage, planes",
        ["gaussians"], "nvidia", ["cupy"]),
    Row("bandwidth", "3x3 grey f32", "measured copy bandwidth",
        ["images"], None, None, None, 0.85,
        lambda p, n: grey_f32(p, n) and side(p) == (3, 3), "memory"),
    Row("fma", "compute-bound direct cases", "measured FMA rate",
        ["images"] + NETWORKS, None, None, None, 0.85, None, "compute"),
]


def read_set(name):
    """The lines of a problem set, as (problem and kernel argument, name or the problem)."""
    lines, path = [], name if name.endswith(".txt") else os.path.join(SHAPES, name + ".txt")
    if not os.path.exists(path):
        raise SystemExit(f"run.py: no problem set {path}")
    with open(path, encoding="utf-8") as file:
        for line in file:
            text, _, comment = line.partition("#")
            text = " ".join(text.split())
            if text:
                lines.append((text, comment.strip() or text))
    return lines

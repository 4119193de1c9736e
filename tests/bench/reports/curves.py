# SPDX-License-Identifier: GPL-2.0-only
"""Curves, which are to be flat, and memory."""
import collections
import math

FLAT = 0.02
FLAT_WORK = 0.2     # of a host's own work, into which interrupts fall

KINDS = {
    "scaling": ("A call beside ever more of what is not its own", FLAT),
    "operations": ("A host's work beside ever more VMs that are bound", FLAT_WORK),
    "processes": ("The same beside ever more processes with a VM each", FLAT_WORK),
    "storms": ("Ever more VMs that all start, then all end", FLAT_WORK),
    "concurrency": ("Several vCPUs at once", FLAT),
}

# Those that cannot be flat: what they may add, in instructions.
Slope = collections.namedtuple("Slope", "in_all per_tenfold", defaults=(0,))
SLOPES = {
    "buffers": Slope(40),           # a binary search, of five a step
    "gpa_flip_4k": Slope(0, 30),    # down a tree
    "list": Slope(6000),            # of one VM, asking for another is a part
    "storm": Slope(10000),          # the difference of two that are 20 times as much
    # Memory of VMs that go is the next ones' where few are there at once: measured 8,000.
    "storm_added": Slope(0, 12000),
}

MEMORY = {
    "vm": 4700,
    "vm_of_10000": 4700,
    "vm_of_200_processes": 4700,
    "map_of_8_ranges": 4096,        # in 1 TiB
    "checkered_gib": 65536,         # every second page: 64 MiB for 1 TiB
}


def ceiling(name, least, x, flat):
    """For the last of the points at X, of which those before cost LEAST."""
    if name not in SLOPES:
        return least * (1 + flat)
    slope = SLOPES[name]
    return least + slope.in_all + slope.per_tenfold * math.log10(x[-1] / x[0])


def growth(name, curve, flat):
    """
    The least of the points before, the cost and the limit where a curve is nearest to its limit,
    or furthest beyond. What is dearer beside few is no growth: memory that is taken and given
    back again and again comes quicker to a host that has taken more.
    """
    x, cost = curve["x"], curve["cost"]
    points = [(min(cost[:i]), cost[i], ceiling(name, min(cost[:i]), x[:i + 1], flat))
              for i in range(1, len(cost))]
    return max(points, key=lambda point: point[1] - point[2])


def hold_curves(result, judge):
    for kind, (title, flat) in KINDS.items():
        curves = result.doc.get(kind)
        if not curves:
            continue
        judge.show(f"\n{title}\n")
        for name, curve in curves.items():
            points = " ".join(f"{x}:{cost:.0f}" for x, cost in zip(curve["x"], curve["cost"]))
            judge.show(f"  {name:16} {curve['path']:20} {points}")
            least, most, limit = growth(name, curve, flat)
            judge.judge(most <= limit, name, f"{name}: from {least:.0f} to {most:.0f} "
                        f"instructions, at most {limit:.0f}")


def hold_memory(result, judge):
    memory = result.doc.get("memory")
    if not memory:
        return
    judge.show("\nBytes in the kernel\n")
    judge.show("  " + " ".join(f"{name} {value:.0f}" for name, value in memory.items()
                               if name != "unit"))
    for name, limit in MEMORY.items():
        judge.judge(memory[name] <= limit, name,
                    f"{name} takes {memory[name]:.0f} bytes, at most {limit}")


def hold(result, judge):
    hold_curves(result, judge)
    hold_memory(result, judge)

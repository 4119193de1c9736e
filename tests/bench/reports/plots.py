# SPDX-License-Identifier: GPL-2.0-only
"""What gnuplot wants of one result: PREFIX-NAME.dat, for plot.gp."""
from . import curves

# Others are KVM's own ways, and a VMM's without us.
OURS = ("hcbpf_", "sdei_", "gpa_flip_4k", "gpa_flip_1g", "kvm_nr1_pass", "hvc_pass", "hvc_exit")


def write(file, lines):
    with open(file, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")


def plot_curves(result, kind, file):
    """A block of "X COST" lines for each curve, with what it is as the title."""
    blocks = []
    for curve in result.doc.get(kind, {}).values():
        points = [f"{x} {cost}" for x, cost in zip(curve["x"], curve["cost"])]
        blocks.append("\n".join([f'"{curve["what"]}"'] + points))
    if blocks:
        write(file, ["\n\n\n".join(blocks)])


def plot(result, prefix):
    write(f"{prefix}-paths.dat", [
        f'"{path["what"]}" {path["net"]:.1f} {int(name.startswith(OURS))}'
        for name, path in result.paths.items()])
    for kind in curves.KINDS:
        plot_curves(result, kind, f"{prefix}-{kind}.dat")

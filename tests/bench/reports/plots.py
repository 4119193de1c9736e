# SPDX-License-Identifier: GPL-2.0-only
"""What gnuplot wants: PREFIX-NAME.dat, for paths.gp and curves.gp of one result, for
compare.gp of all. Nothing of what was not run."""
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
    if result.not_run:
        return
    write(f"{prefix}-paths.dat", [
        f'"{path["what"]}" {path["net"]:.1f} {int(name.startswith(OURS))}'
        for name, path in result.paths.items()])
    for kind in curves.KINDS:
        plot_curves(result, kind, f"{prefix}-{kind}.dat")


# What is compared, whatever a machine calls it.
COMPARED = [
    ("send:\\nvirtual", ("hcbpf_send_virtual", "hcbpf_send_xen")),
    ("send:\\nregistered", ("hcbpf_send_registered",)),
    ("send:\\nphysical", ("hcbpf_send_physical",)),
    ("send:\\nlist", ("hcbpf_send_list",)),
    ("doorbell", ("hcbpf_doorbell",)),
    ("exit to\\nthe VMM", ("hcbpf_exit_write", "hvc_exit_write")),
    ("call that\\npasses", ("kvm_nr1_pass", "hvc_pass")),
    ("attribute of\\na page", ("gpa_flip_4k",)),
]


def compare(results, prefix):
    """A row for each call, a column for each result: parts of what its peer takes."""
    ran = [result for result in results if not result.not_run]
    lines = [" ".join(f'"{title}"' for title in ["call"] + [result.label for result in ran])]
    for title, names in COMPARED:
        ratios = [next((result.ratio(name) for name in names if name in result.paths), None)
                  for result in ran]
        lines.append(" ".join([f'"{title}"'] + [f"{ratio:.3f}" if ratio else "?" for ratio in ratios]))
    write(f"{prefix}-ratios.dat", lines)

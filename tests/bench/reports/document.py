# SPDX-License-Identifier: GPL-2.0-only
"""
The tables of docs/performance.md, between <!-- bench: WHAT MACHINE --> and <!-- end -->, as a
bench.json has them; and whether those that are there still say what the budget says.
"""
import re

from . import budget, targets

BLOCK = re.compile(r"(<!-- bench: (\w+) (\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def row(cells):
    return "| " + " | ".join(cells) + " |\n"


def head(cells):
    return row(cells) + "|" + "---|" * len(cells) + "\n"


def kernels(results):
    return [f"`{result.kernel}`" for result in results]


def path_rows(results):
    """Each figure, and what it is of its peer's."""
    first = next(result for result in results if result.paths)
    yield head(["path, in net instructions", "", "beside"] +
               [cell for kernel in kernels(results) for cell in (kernel, "")])
    for name, path in first.paths.items():
        peer = path.get("peer")
        cells = [f"`{name}`", path["what"], f"`{peer}`" if peer else ""]
        for result in results:
            ratio = result.ratio(name)
            cells += [f"{result.net(name):.0f}" if name in result.paths else "",
                      f"{ratio:.2f}" if ratio else ""]
        yield row(cells)
    skips = [cell for result in results for cell in (f"{result.doc.get('skip', 0):.0f}", "")]
    if first.doc["skip"]:
        yield row(["raw is net and", "stepping over a hypercall, except port I/O's", ""] + skips)


def target_rows(results):
    """Each target, what was measured, and why it is missed where it is."""
    verdicts, reasons = {}, []
    for result in results:
        for verdict in targets.of(result):
            verdicts.setdefault((verdict.target.path, verdict.peer), {})[result.kernel] = verdict
    yield head(["path", "at most, by kernel"] + kernels(results))
    for (path, _), of_kernels in verdicts.items():
        limits = list(dict.fromkeys(verdict.wanted for verdict in of_kernels.values()))
        cells = [f"`{path}`", "; ".join(limits)]
        for result in results:
            verdict = of_kernels.get(result.kernel)
            cells.append("" if not verdict else verdict.measured if verdict.kept else
                         f"**missed**: {verdict.measured}")
            if verdict and not verdict.kept and verdict.target.why:
                reasons.append((path, result.kernel, verdict.target))
        yield row(cells)
    for path, kernel, target in reasons:
        yield (f"\nMissed: `{path}` on `{kernel}`, held at {target.accepted} instead: "
               f"{target.why}.\n")


def work(cost):
    """Instructions, rounded to what two runs have in common."""
    return f"{cost / 1e6:.1f} M" if cost >= 1e6 else f"{round(cost, -2):,.0f}"


def work_rows(results):
    """A host's own work beside ever more VMs, and processes: of the first kernel, that has most."""
    doc = results[0].doc
    columns = [(kind, x, f"{x:,} {named}") for kind, named in
               (("operations", "VMs"), ("processes", "processes"))
               for x in sorted({x for curve in doc[kind].values() for x in curve["x"]}) if x > 1]
    yield head([f"`{results[0].kernel}`, beside", "1 VM"] + [named for _, _, named in columns])
    for name, curve in doc["operations"].items():
        cells = [curve["what"], work(curve["cost"][0])]
        for kind, x, _ in columns:
            curve = doc[kind].get(name)
            cells.append(work(curve["cost"][curve["x"].index(x)])
                         if curve and x in curve["x"] else "")
        yield row(cells)


TABLES = {"paths": path_rows, "targets": target_rows, "work": work_rows}


def table(what, machine, results):
    found = [result for result in results if result.machine == machine]
    ran = [result for result in found if not result.not_run]
    lines = list(TABLES[what](ran)) if ran else []
    lines += [f"\nNot run on `{result.kernel}`: {result.not_run}.\n" for result in found
              if result.not_run]
    return "".join(lines)


def document(text, results):
    """@text with its tables as @results have them; of other machines they stay."""
    machines = {result.machine for result in results}

    def made(match):
        if match[3] not in machines:
            return match[0]
        return match[1] + "\n" + table(match[2], match[3], results) + "\n" + match[4]
    return BLOCK.sub(made, text)


def figures(block):
    """{RELEASE: {PATH: FIGURE}} of a table that path_rows() has made."""
    found = {}
    lines = [line.strip("|\n ").split(" | ") for line in block.splitlines() if line[:1] == "|"]
    lines = [[cell.strip() for cell in cells] for cells in lines]
    releases = {i: cell.strip("`") for i, cell in enumerate(lines[0]) if i > 2 and cell}
    for cells in lines[2:]:
        for i, release in releases.items():
            if cells[0][:1] == "`" and len(cells) > i and cells[i]:
                found.setdefault(release, {})[cells[0].strip("`")] = float(cells[i])
    return found


def check(text, judge):
    """The figures of each table are those of the budget."""
    blocks, shown = budget.read(), set()
    for _, what, machine, _ in BLOCK.findall(text):
        if what != "paths":
            continue
        match = re.search(rf"<!-- bench: paths {machine} -->\n(.*?)<!-- end -->", text, re.DOTALL)
        for release, found in figures(match[1]).items():
            shown.add((machine, release))
            ceilings = blocks.get((machine, release), {})
            wrong = [path for path in found.keys() | ceilings.keys()
                     if path not in found or path not in ceilings or
                     not budget.within(found[path], ceilings[path])]
            judge.judge(not wrong, f"{machine} {release}: the document has the budget's figures",
                        f"not of {', '.join(sorted(wrong))}: make bench-docs")
    judge.judge(shown == set(blocks), "the document has all that the budget has",
                f"only in one of them: {sorted(shown ^ set(blocks))}")

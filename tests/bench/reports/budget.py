# SPDX-License-Identifier: GPL-2.0-only
"""The budget: what each path may take on each machine with each kernel. The file says more."""
import os

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../budget")
TOLERANCE = 0.01


class BadBudget(Exception):
    pass


def read(file=FILE):
    """{(MACHINE, RELEASE): {PATH: CEILING}}"""
    blocks, block = {}, None
    with open(file, encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            words = line.split("#")[0].split()
            if len(words) == 3 and words[1] == "kernel":
                key = (words[0], words[2])
                if key in blocks:
                    raise BadBudget(f"{file}:{number}: a second block for {words[0]} {words[2]}")
                block = blocks[key] = {}
            elif len(words) == 2 and block is not None and words[1].isdigit():
                if words[0] in block:
                    raise BadBudget(f"{file}:{number}: {words[0]} is there twice")
                block[words[0]] = int(words[1])
            elif words:
                raise BadBudget(f"{file}:{number}: neither MACHINE kernel RELEASE nor PATH CEILING")
    return blocks


def within(value, ceiling):
    return abs(value - ceiling) <= ceiling * TOLERANCE


def of(result):
    """None: there is no block for that."""
    return read().get((result.machine, result.kernel))


def hold(result, judge):
    block = of(result)
    judge.show("\nBudget\n")
    if block is None:
        judge.skip("the budget", judge.why_not)
        return
    for path in sorted(block.keys() | result.paths.keys()):
        net, ceiling = result.net(path), block.get(path)
        if net is None:
            judge.judge(False, path, f"{path} was not measured")
        elif ceiling is None:
            judge.judge(False, path, f"{path} has no line in the budget")
        else:
            judge.judge(within(net, ceiling), path,
                        f"{path} takes {net:.0f} instructions, its ceiling is {ceiling}" +
                        (": lower that" if net < ceiling else ""))


def block(result):
    """What the file says if all stays as it was measured."""
    lines = [f"{result.machine} kernel {result.kernel}"]
    return "\n".join(lines + [f"{path} {result.net(path):.0f}" for path in result.paths])

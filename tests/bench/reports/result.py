# SPDX-License-Identifier: GPL-2.0-only
"""What hcbpf-bench has measured on one machine with one kernel, as it prints it in JSON."""
import json

MACHINES = {
    "svm": "AMD (SVM), emulated by QEMU",
    "vmx": "Intel (VMX), emulated by Bochs",
    "arm64": "arm64, emulated by QEMU",
}


class Result:
    def __init__(self, doc):
        self.doc = doc
        self.machine = doc["machine"]
        self.kernel = doc["kernel"]
        self.not_run = doc.get("not_run")
        self.paths = doc.get("paths", {})

    @property
    def label(self):
        """For people: SVM 6.12.117+deb12."""
        machine = self.machine if self.machine == "arm64" else self.machine.upper()
        return f"{machine} {self.kernel.rsplit('-', 1)[0]}"

    def net(self, path):
        return self.paths[path]["net"] if path in self.paths else None

    def peer(self, path):
        return self.paths[path].get("peer")

    def ratio(self, path):
        """To the path's peer; None for what is a peer itself."""
        net, peer = self.net(path), self.net(self.peer(path))
        return net / peer if net and peer else None


def load(file):
    """A file of one result, or of a list of them."""
    with open(file, encoding="utf-8") as stream:
        docs = json.load(stream)
    return [Result(doc) for doc in (docs if isinstance(docs, list) else [docs])]


def not_run(machine, kernel, why):
    return {"machine": machine, "kernel": kernel,
            "not_run": why.removeprefix("lab: ") or "it failed; the log says more"}

# SPDX-License-Identifier: GPL-2.0-only
"""What is held, one result each: as TAP, or as text in which only what is missed appears."""


class Judge:
    def __init__(self, tap, why_not=None):
        """@why_not: why all is shown only."""
        self.tap = tap
        self.why_not = why_not
        self.checked = self.missed = 0

    def judge(self, kept, name, complaint):
        if self.why_not and not kept:
            self.skip(name, f"{complaint}; {self.why_not}")
            return
        self.checked += 1
        self.missed += not kept
        if self.tap:
            print(f"{'ok' if kept else 'not ok'} {self.checked} - {name}")
        if not kept:
            print(f"# {complaint}" if self.tap else f"  MISSED: {complaint}")

    def skip(self, name, why):
        self.checked += 1
        print(f"ok {self.checked} - {name} # SKIP {why}" if self.tap else f"  not here: {name}: {why}")

    def note(self, text):
        print(f"# {text}" if self.tap else f"  {text}")

    def show(self, text=""):
        """Of a table."""
        if not self.tap:
            print(text)

    def end(self):
        if self.tap:
            print(f"1..{self.checked}")
        elif self.missed:
            print(f"\nbench: {self.missed} of {self.checked} missed")
        return 1 if self.missed else 0

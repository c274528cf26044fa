"""What was done, and how long it took until all was well again."""

import collections
import os
import time


class Report:
    def __init__(self, seed, memory):
        self._seed, self._memory = seed, memory
        self._began = time.monotonic()
        self._hits = collections.Counter()
        self._recoveries = collections.defaultdict(list)
        self._late_ns = 0
        self._now = []

    @property
    def count(self):
        return sum(self._hits.values())

    def begin(self, hits):
        self._now = hits
        self._hits.update(hits)

    def recovery(self, what, ns):
        """Others that are stopped or dead in the same moment make it longer: those count for themselves."""
        self._recoveries[what, len(self._now) == 1].append(ns)

    def late(self, ns):
        self._late_ns = max(self._late_ns, ns)

    def where(self):
        """The round that runs, and how to see it again."""
        hits = ", ".join(f"{kind} of {target}" for target, kind in self._now) or ("after the last fault" if self._hits else "before the first fault")
        return (f"seed {self._seed}, injection {self.count} ({hits}); again with: "
                f"python -m fault.inject --seed {self._seed} --memory {self._memory} --injections {self.count}")

    def text(self):
        lines = [f"{self.count} injections in {time.monotonic() - self._began:.0f} s, seed {self._seed}, memory {self._memory}"]
        by_kind, by_target = collections.Counter(), collections.Counter()
        for (target, kind), count in self._hits.items():
            by_kind[kind] += count
            by_target[target] += count
        for counts in by_kind, by_target:
            lines.append("  " + ", ".join(f"{count} {name}" for name, count in counts.most_common()))
        for (what, alone), times in sorted(self._recoveries.items(), key=lambda item: (item[0][0], not item[0][1])):
            lines.append(f"  {what}{'' if alone else ', beside other faults'}: {quantiles(times)}")
        lines.append("  load average " + " ".join(f"{one:.0f}" for one in os.getloadavg()) + f", {os.cpu_count()} processors")
        lines.append(f"  the longest that a call took beyond its time-out: {self._late_ns / 1e6:.0f} ms")
        return "\n".join(lines)


def quantiles(times_ns):
    ordered = sorted(times_ns)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] / 1e6 for part in (0.5, 0.99))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, most {ordered[-1] / 1e6:.1f} ms ({len(ordered)} times)"

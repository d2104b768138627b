"""What several interleaved rounds say: speeds, ratios within a round, checksums that disagree."""
import json
import statistics

from harness.guests import BENCH

with open(f'{BENCH}/guest/counts.json') as _f:
    COUNTS = json.load(_f)


def median(values):
    return statistics.median(values) if values else None


def geometric_mean(values):
    return statistics.geometric_mean(values) if values else None


class Results:
    """rounds[i][peer] is the Run of that peer in round i; the runs of a round followed one another."""

    def __init__(self):
        self.rounds = []

    def runs(self, peer):
        return [r[peer] for r in self.rounds if peer in r]

    @staticmethod
    def _seconds(run, work):
        """CPU seconds an iteration, or None where there is no credible measurement."""
        w = run.works.get(work)
        return w['cpu'] / w['n'] if w and w['cpu'] > 0 and w['n'] else None

    def seconds(self, peer, work):
        times = [self._seconds(run, work) for run in self.runs(peer)]
        return median([t for t in times if t])

    def mips(self, peer, work):
        """Million instructions a CPU second; an iteration of a REP instruction counts as one."""
        seconds, count = self.seconds(peer, work), COUNTS.get(work)
        if not seconds or not count:
            return None
        return (count['insns'] + count['rep_iterations']) / count['iterations'] / seconds / 1e6

    def ratio(self, work, fast, slow):
        """How many times faster `fast` is than `slow`: the median of the rounds' ratios."""
        ratios = []
        for r in self.rounds:
            if fast in r and slow in r:
                a, b = self._seconds(r[fast], work), self._seconds(r[slow], work)
                if a and b:
                    ratios.append(b / a)
        return median(ratios)

    def spread(self, peer, work):
        """(longest - shortest) / median in per cent."""
        times = [t for t in (self._seconds(run, work) for run in self.runs(peer)) if t]
        return 100 * (max(times) - min(times)) / median(times) if len(times) > 1 else None

    def mean_ratio(self, works, fast, slow):
        return geometric_mean([q for q in (self.ratio(w, fast, slow) for w in works) if q])

    def wrong_sums(self):
        """Workloads whose checksums differ, with who got what."""
        sums = {}
        for r in self.rounds:
            for peer, run in r.items():
                for work, w in run.works.items():
                    if 'VARIES' not in w['sum']:
                        sums.setdefault(work, {}).setdefault(w['sum'], set()).add(peer)
        return {work: s for work, s in sums.items() if len(s) > 1}

"""Debian's Linux: from the start of the process to the first process in the guest, then what a shell does.

CPU seconds, medians of the rounds; ratios within a round, as in results.py.
"""
from harness import table
from harness.peers import PEERS as COMMANDS
from harness.results import Results
from harness.session import Run

PEERS = ['trap', 'bare', 'tcg', 'bochs']
BOOT = 'linux-boot'
WORKS = [BOOT, 'sha256sum', 'gzip', 'awk', 'fork-exec', 'dd-syscalls', 'dd-pipe', 'mktree', 'find', 'tar']
LIMIT = 1800.0  # Bochs on a busy host
BARE_GOAL = 1.3  # trap's time against bare's, in every row
BOOT_GOALS = [('tcg', 1.0), ('bochs', 3.0)]


def measure(peers, rounds, only, append, say):
    """A Results. `append` is for the kernel's command line, all peers'."""
    results = Results()
    options = f'{append} only={only}'.strip() if only else append
    for i in range(rounds):
        results.rounds.append({})
        for name in peers:
            run = results.rounds[-1][name] = Run(name, COMMANDS[name], 'linux', options, limit=LIMIT)
            say(f'Linux, round {i + 1}/{rounds} {name}: {run.wall:.1f} s' + ''.join(f'; {f}' for f in run.fails))
    return results


def _missed(results, works, peers):
    found = []
    if BOOT in works and 'trap' in peers:
        for peer, wanted in BOOT_GOALS:
            ratio = results.ratio(BOOT, 'trap', peer)
            if ratio is not None and ratio < wanted:
                found.append(f'Linux boot, {wanted:g} x {peer} ({ratio:.2f})')
    for work in works:
        cost = results.ratio(work, 'bare', 'trap')  # how many times faster bare is
        if cost is not None and cost >= BARE_GOAL:
            found.append(f'{work}, trap / bare < {BARE_GOAL:g} ({cost:.2f})')
    return found


def report(results, peers, only):
    """The tables, and the list of goals that were missed."""
    works = [w for w in WORKS if not only or w == BOOT or w in only.split(',')]
    rows = []
    for work in works:
        rows.append([work, *(table.number(results.seconds(p, work)) for p in peers),
                     *(table.number(results.ratio(work, 'trap', p)) for p in ('bochs', 'tcg')),
                     table.number(results.ratio(work, 'bare', 'trap'))])
    text = table.grid(['Linux, CPU s', *peers, 'trap/bochs', 'trap/tcg', 'cost of trap'], rows)
    return text + '\n\n' + table.memory(results, peers, 128), _missed(results, works, peers)

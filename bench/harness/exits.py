"""VM exits a second by kind, from -stats: two runs of each workload that differ in length, so that what start-up
and the markers cost falls out."""
import re

from harness import goals
from harness.peers import TANDEM, tandem
from harness.session import Run


def parse_stats(text):
    """{kind: exits} from what -stats prints."""
    kinds = {}
    for title in ('VM exits by reason', 'exits by instruction'):  # columns by mode, the last one is their sum
        m = re.search(title + r' .*\n((?:  .*\n)*)', text)
        for line in (m[1] if m else '').splitlines():
            row = re.match(r'  (\S+(?: \S+)*) ', line)
            if row and row[1] != 'instruction':  # told apart by mnemonic
                kinds[row[1]] = int(line.split()[-1])
    m = re.search(r'(\d+) hidden faults, (\d+) trace faults', text)
    if m:
        kinds['hidden fault'], kinds['trace fault'] = int(m[1]), int(m[2])
    return kinds


def _run(work, scale):
    run = Run('trap', tandem(TANDEM, '-stats'), 'bench', f'scale={scale} only={work}', to_the_end=True)
    return run.works.get(work), parse_stats('\n'.join(run.markers.lines) + '\n' + run.output)


def rates(scale, only=''):
    """{work: (exits a second, {kind: exits a second})}; empty if the binary prints no statistics."""
    found = {}
    for work in goals.EXIT_HEAVY + ['desc-read']:
        if only and work not in only.split(','):
            continue
        (less, few), (more, many) = _run(work, max(1, scale // 4)), _run(work, scale)
        if not less or not more or not many or more['cpu'] <= 0 or more['n'] <= less['n']:
            continue
        turns = more['n'] - less['n']
        seconds = more['cpu'] / more['n']  # an iteration
        kinds = {k: (n - few.get(k, 0)) / turns / seconds for k, n in many.items()}
        # shadow faults are resolved below the monitor: shown by kind, no exits
        found[work] = (sum(n for k, n in kinds.items() if not k.endswith(' fault')), kinds)
    return found

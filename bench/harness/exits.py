"""VM exits a second by kind, from -stats: two runs of each workload that differ in length, so that what start-up
and the markers cost falls out."""
import re

from harness import goals
from harness.peers import TANDEM, tandem
from harness.session import Run


def parse_stats(text):
    """{kind: exits} from what -stats prints."""
    kinds = {}
    m = re.search(r'VM exits by reason\n((?:  .*\n)*)', text)
    for line in (m[1] if m else '').splitlines():
        name, count = line.rsplit(None, 1)
        if name.strip() != 'instruction':  # told apart by mnemonic below
            kinds[name.strip()] = int(count)
    m = re.search(r'sensitive instructions .*\n((?:  .*\n)*)', text)
    for line in (m[1] if m else '').splitlines():
        word = line.split()
        kinds[word[0]] = sum(map(int, word[2:]))
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

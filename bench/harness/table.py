"""Markdown: the one table, and the smaller ones below it."""
from harness import goals

PEERS = ['trap', 'bare', 'tcg', 'bochs', 'native']


def number(x, digits=2):
    if x is None:
        return 'n/a'
    return f'{x:.0f}' if abs(x) >= 100 else f'{x:.1f}' if abs(x) >= 10 else f'{x:.{digits}f}'


def grid(head, rows):
    """A table whose columns also line up in a terminal."""
    rows = [[str(c) for c in row] for row in [head, *rows]]
    wide = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ['| ' + ' | '.join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, wide))) + ' |'
             for row in rows]
    lines.insert(1, '|' + '|'.join('-' * (w + 1) + (':' if i else '-') for i, w in enumerate(wide)) + '|')
    return '\n'.join(lines)


def verdict(value, wanted):
    return 'n/a' if value is None else 'pass' if value >= wanted else 'MISS'


def work_row(results, peers, work):
    row = [work, *(number(results.mips(p, work)) for p in peers)]
    row += [number(results.ratio(work, 'trap', 'bochs')), number(results.ratio(work, 'trap', 'tcg'))]
    goal = goals.goal(work)
    if goal:
        text, peer, wanted = goal
        row += [text, verdict(results.ratio(work, 'trap', peer), wanted)]
    elif work in goals.FPU:
        row += ['x87', '']
    else:
        row += ['mean' if work in goals.INTEGER else '', '']
    return row


def speeds(results, peers, only=''):
    """Returns the table and the list of goals that were missed."""
    works = [w for w in goals.ORDER if not only or w in only.split(',')]
    rows = [work_row(results, peers, w) for w in works]
    if not only:
        rows += mean_rows(results, [''] * len(peers))
    head = ['M insns/s', *peers, 'trap/bochs', 'trap/tcg', 'goal', '']
    return grid(head, rows), [row[0] for row in rows if row[-1] == 'MISS']


def mean_rows(results, blank):
    integer = results.mean_ratio(goals.INTEGER, 'trap', 'bochs')
    rows = [['mean: integer', *blank, number(integer), number(results.mean_ratio(goals.INTEGER, 'trap', 'tcg')),
             f'>= {goals.BOCHS_GOAL:g} x bochs', verdict(integer, goals.BOCHS_GOAL)]]
    for name, works in (('mean: integer, no REP', [w for w in goals.INTEGER if not w.startswith('rep-')]),
                        ('mean: exit-heavy', goals.EXIT_HEAVY)):
        rows.append([name, *blank, number(results.mean_ratio(works, 'trap', 'bochs')),
                     number(results.mean_ratio(works, 'trap', 'tcg')), '', ''])
    return rows


def slowdowns(results, peers):
    """Times slower than native code, geometric mean over the integer kernels."""
    if 'native' not in peers:
        return ''
    if not results.mean_ratio(goals.INTEGER, 'native', 'trap'):
        return ''
    means = {p: results.mean_ratio(goals.INTEGER, 'native', p) for p in peers if p != 'native'}
    return 'times slower than native (integer kernels): ' + ', '.join(f'{p} {number(m)}' for p, m in means.items())


def memory(results, peers, guest=64):
    rows = [[p, number(max((r.peak_kb for r in results.runs(p)), default=0) / 1024)] for p in peers]
    return grid(['peak memory', f'MB (guest: {guest})'], rows)


def exits(rates):
    rows = []
    for work, (total, kinds) in rates.items():
        top = sorted(kinds.items(), key=lambda k: -k[1])[:5]
        rows.append([work, number(total / 1e6), ', '.join(f'{k} {number(v / 1e6)}' for k, v in top if v > total / 100)])
    return grid(['exits, trap', 'M/s', 'by kind, M/s'], rows)


def boots(runs):
    """runs[peer]: list of Run of the dos guest."""
    from harness.results import median
    rows = []
    for peer, rs in runs.items():
        done = [r.works['dos-boot'] for r in rs if 'dos-boot' in r.works]
        rows.append([peer, number(median([w['wall'] for w in done])), number(median([w['cpu'] for w in done])),
                     number(median([r.peak_kb / 1024 for r in rs])), f'{len(done)} of {len(rs)}'])
    return grid(['FreeDOS prompt', 'wall s', 'CPU s', 'peak MB', 'reached'], rows)

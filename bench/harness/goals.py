"""Which workload has which goal.

 - integer CPU kernels: 5 times Bochs in the geometric mean, under trap
 - exit-heavy system workloads: each at least as fast as QEMU's TCG, under trap
 - the other system workloads with a goal: each 5 times Bochs
"""
FPU = ['matmul', 'mandel']  # x87: no goal
INTEGER = ['int-loop', 'sieve', 'records', 'sha256', 'qsort', 'list', 'rep-bulk', 'rep-small', 'rep-cmp', 'fsm',
           'bytecode', 'lz', 'arith64', 'partial']
EXIT_HEAVY = ['cli-sti', 'pushf-popf', 'seg-load', 'syscall', 'io-80', 'io-scratch', 'cr3-switch', 'pf-storm',
              'invlpg', 'vga-text', 'smc-near', 'smc-far']
TIMES_BOCHS = ['pg-records', 'pg-sieve', 'pg-qsort', 'pg-list', 'code16', 'desc-read']
NO_GOAL = ['tlb-thrash', 'timer-busy']
ORDER = INTEGER + FPU + TIMES_BOCHS + EXIT_HEAVY + NO_GOAL

BOCHS_GOAL = 5.0
TCG_GOAL = 1.0
BOOT_GOAL = 1.3  # a FreeDOS boot: trap's CPU time against bare's, below


def goal(work):
    """(text, peer to compare with, ratio wanted), or None."""
    if work in EXIT_HEAVY:
        return f'>= {TCG_GOAL:g} x tcg', 'tcg', TCG_GOAL
    if work in TIMES_BOCHS:
        return f'>= {BOCHS_GOAL:g} x bochs', 'bochs', BOCHS_GOAL
    return None

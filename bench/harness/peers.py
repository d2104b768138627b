"""The emulators that are compared, each as a function of the guest that gives its command line.

A peer is not measured when its program or one of its files is missing; `missing` says which.
"""
import os
import shutil

from harness.guests import GUESTS, ROOT

TANDEM = os.environ.get('TANDEM', os.path.join(ROOT, 'build', 'tandem'))

BOCHS_BIOS = '/usr/share/bochs/BIOS-bochs-latest'     # Debian: bochsbios
BOCHS_VGABIOS = '/usr/share/bochs/VGABIOS-lgpl-latest'  # Debian: vgabios

# Without a sound card ALSA's message about it overruns a buffer of Bochs 2.7: hence the dummy drivers.
# rfb is the one display of Debian's that needs no screen; timeout=0 does not wait for a viewer.
BOCHSRC = '''config_interface: textconfig
display_library: rfb, options="timeout=0"
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
megs: {mem}
romimage: file={bios}
vgaromimage: file={vgabios}
cpu: count=1, ips=100000000, reset_on_triple_fault=0
clock: sync=none, time0=utc
com1: enabled=1, mode=file, dev={fifo}
{drive}
log: {tmp}/log
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
'''


class Command:
    """What to start. The markers come from its standard output, or from a FIFO if one is named."""

    def __init__(self, argv, fifo=None):
        self.argv, self.fifo = argv, fifo


def direct(guest):
    """The options, the same for Tandem and QEMU, by which a kernel is loaded without a disk."""
    if not guest.kernel:
        return []
    return ['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', guest.append]


def tandem(binary, *more):
    def command(guest):
        drive = direct(guest) or (['-fda', guest.fd] if guest.fd else ['-hda', guest.hd])
        return Command([binary, '-m', str(guest.mem), *drive, '-display', 'none', '-serial', 'stdio', '-icount',
                        '-no-reboot', '-device', 'isa-debug-exit,iobase=0xf4', *more])
    command.needs = [binary]
    return command


def qemu(*more):
    def command(guest):
        argv = ['qemu-system-i386', '-accel', 'tcg', '-m', str(guest.mem), '-display', 'none', '-serial', 'stdio',
                '-monitor', 'none', '-no-reboot', '-net', 'none', '-nodefaults', '-vga', 'std',
                '-device', 'isa-debug-exit,iobase=0xf4,iosize=1', *more]
        if guest.kernel:
            argv += direct(guest)
        elif guest.elf:
            argv += ['-kernel', guest.elf, '-append', guest.options or 'scale=100']
        else:
            argv += ['-drive', f'file={guest.fd},format=raw,if=floppy', '-boot', 'a']
        return Command(argv)
    command.needs = ['qemu-system-i386']
    return command


def bochs(guest):
    fifo = f'{guest.tmp}/fifo'
    if guest.hd:
        cylinders, heads, sectors = guest.geometry
        drive = (f'ata0-master: type=disk, path={guest.hd}, mode=flat, '
                 f'cylinders={cylinders}, heads={heads}, spt={sectors}\nboot: disk')
    else:
        drive = f'floppya: 1_44={guest.fd}, status=inserted\nboot: floppy'
    with open(f'{guest.tmp}/bochsrc', 'w') as f:
        f.write(BOCHSRC.format(mem=guest.mem, bios=BOCHS_BIOS, vgabios=BOCHS_VGABIOS, fifo=fifo, drive=drive,
                               tmp=guest.tmp))
    with open(f'{guest.tmp}/go', 'w') as f:  # Debian's has the debugger, which stops at a prompt first
        f.write('c\n')
    return Command(['bochs', '-q', '-f', f'{guest.tmp}/bochsrc', '-rc', f'{guest.tmp}/go'], fifo)


bochs.needs = ['bochs', BOCHS_BIOS, BOCHS_VGABIOS]


def native(guest):
    return Command([f'{GUESTS}/bench/bench32', *guest.options.split()])


native.needs = []

PEERS = {
    'trap': tandem(TANDEM),
    'bare': tandem(TANDEM, '-technique', 'bare'),
    'tcg': qemu(),
    'tcg-icount': qemu('-icount', 'shift=3,sleep=off'),
    'bochs': bochs,
    'native': native,
}


def missing(name):
    """The first program or file a peer lacks, or None."""
    for need in PEERS[name].needs:
        if not (os.path.exists(need) if '/' in need else shutil.which(need)):
            return need
    return None

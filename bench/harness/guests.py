"""The guests to boot: what is built, where it lies, and a private copy for each run.

Images are built from bench/guest and bench/dos into build/guests, never in the source tree.
"""
import os
import shutil
import subprocess

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(BENCH)
GUESTS = os.path.abspath(os.environ.get('GUESTS', os.path.join(ROOT, 'build', 'guests')))
SHARED = os.path.abspath(os.environ.get('TANDEM_SHARED', os.path.join(ROOT, os.pardir, 'shared')))
FREEDOS = os.path.join(SHARED, 'guests', 'freedos-boot-1.44M.img')

CONFIG_SECTOR = 512  # byte offset; see guest/boot.asm


def _quietly(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f'{" ".join(argv)}: failed\n{done.stdout}')


def build():
    """Makes what is missing or out of date; returns the names of the guests there are."""
    _quietly('make', '-C', f'{BENCH}/guest', f'OUT={GUESTS}/bench')
    if not os.path.exists(FREEDOS):
        return ['bench']
    _quietly(f'{BENCH}/dos/build.sh', FREEDOS, f'{GUESTS}/dos.img')
    return ['bench', 'dos']


def build_linux():
    """Fetches the kernel if it is not there. Returns None, or why there is no such guest."""
    done = subprocess.run([f'{BENCH}/linux/build.sh', f'{GUESTS}/linux'], text=True, stderr=subprocess.PIPE,
                          env={**os.environ, 'TANDEM_GUESTS': GUESTS})
    return f'the Linux guest could not be made\n{done.stderr}' if done.returncode else None


def has_linux_disk():
    return os.path.exists(f'{GUESTS}/linux/geometry')


class Guest:
    """Paths for one run, all absolute because peers start in a directory of their own."""

    def __init__(self, name, options, tmp):
        self.name, self.options, self.tmp = name, options, tmp
        self.elf = self.hd = self.fd = self.kernel = None
        if name == 'bench':
            self.mem = 64
            self.elf = f'{GUESTS}/bench/bench.elf'
            self.hd = self._configured('bench-hd.img')
            self.geometry = (20, 16, 63)
            self.first = None
        elif name == 'dos':
            self.mem = 32
            self.fd = self._copy(f'{GUESTS}/dos.img')
            self.first = 'dos-boot'  # the interval that begins with the process
        elif name == 'linux':
            self._linux()
        else:
            raise SystemExit(f'{name}: no such guest')

    def _linux(self):
        """Loaded directly, or from a disk of its own by a peer that cannot."""
        self.mem = 128
        self.kernel, self.initrd = f'{GUESTS}/linux/vmlinuz', f'{GUESTS}/linux/initrd.gz'
        with open(f'{GUESTS}/linux/cmdline') as f:
            self.append = ' '.join([f.read().strip(), self.options]).strip()
        if has_linux_disk():
            self.hd = self._copy(f'{GUESTS}/linux/hd.img')
            with open(f'{GUESTS}/linux/geometry') as f:
                self.geometry = tuple(int(n) for n in f.read().split())
            menu = f'default l\nprompt 0\nlabel l\n  kernel vmlinuz\n  initrd initrd.gz\n  append {self.append}\n'
            subprocess.run(['mcopy', '-o', '-i', f'{self.hd}@@32256', '-', '::syslinux.cfg'], input=menu.encode(), check=True)
        self.first = 'linux-boot'

    def _copy(self, source):
        target = os.path.join(self.tmp, os.path.basename(source))
        shutil.copyfile(source, target)
        return target

    def _configured(self, image):
        target = self._copy(f'{GUESTS}/bench/{image}')
        with open(target, 'r+b') as f:
            f.seek(CONFIG_SECTOR)
            f.write(self.options.encode()[:511].ljust(512, b'\0'))
        return target

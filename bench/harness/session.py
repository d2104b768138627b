"""One run of one emulator with one guest.

The guest writes markers to COM1 (BEGIN x / END x n sum / FAIL x ... / ALLDONE). They are stamped as they
arrive: BEGIN when its newline comes, END when its first byte comes. The stamp is the CPU time of all the
emulator's threads beside the host's clock, so a busy machine disturbs little. Guest clocks are not trusted.
"""
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness.guests import Guest


def cpu_seconds(pid):
    """CPU time of a process, all threads. Its POSIX clock is exact; what /proc tells is a tick old."""
    try:
        return time.clock_gettime(~pid << 3 | 2)  # as clock_getcpuclockid(3) makes it
    except OSError:
        return 0.0


def end_cleanly():
    """On SIGTERM, too, a run kills the emulator that it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _set_nice(nice):
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    except PermissionError:
        pass


IDLE_LIMIT = 90.0  # seconds without a marker; a run with a longer limit may take a third of it
USUAL_NICE = os.getpriority(os.PRIO_PROCESS, 0)
# A marker stamped late falsifies what it measures: the harness goes before its peers, where that is allowed.
PROMPT_NICE = -15


def peak_kb(pid):
    """VmHWM: unlike ru_maxrss it does not include what the process was before exec."""
    try:
        with open(f'/proc/{pid}/status') as f:
            for line in f:
                if line.startswith('VmHWM:'):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class Markers:
    """Assembles lines from the serial port and keeps the intervals they mark."""

    def __init__(self, pid, first):
        self.pid = pid
        self.works, self.fails, self.lines = {}, [], []
        self.open = {first: (time.monotonic(), 0.0)} if first else {}
        self.done = False
        self.peak_kb, self.last = 0, (time.monotonic(), 0.0)
        self._line = b''
        self._stamp = (0.0, 0.0)

    def feed(self, data):
        now = time.monotonic()
        for byte in data:
            if byte == 10:
                self._end_of_line(self._line.decode('latin1').strip('\r\0').rstrip())
                self._line = b''
                continue
            self._line += bytes([byte])
            if len(self._line) == 1 and byte == ord('E'):
                self._stamp = (now, cpu_seconds(self.pid))

    def _end_of_line(self, text):
        self.lines.append(text)
        self.last = (time.monotonic(), cpu_seconds(self.pid))
        word = text.split()
        if word[:1] == ['BEGIN'] and len(word) == 2:
            self.open[word[1]] = self.last
        elif word[:1] == ['END'] and len(word) >= 3 and word[1] in self.open:
            wall, cpu = self.open.pop(word[1])
            self.works[word[1]] = {'wall': self._stamp[0] - wall, 'cpu': self._stamp[1] - cpu, 'n': int(word[2]),
                                   'sum': ' '.join(word[3:])}
            self.peak_kb = peak_kb(self.pid) or self.peak_kb
        elif word[:1] == ['FAIL']:
            self.fails.append(text)
            self.open.pop(word[1], None)
        elif text == 'ALLDONE':
            self.done = True


class Run:
    """The result: works, fails, complete, peak_kb, wall, cpu and, if asked for, the output after ALLDONE."""

    def __init__(self, name, command, guest_name, options, limit=300.0, to_the_end=False):
        self.peer, self.guest, self.options = name, guest_name, options
        tmp = tempfile.mkdtemp(prefix='bench-')
        try:
            _set_nice(PROMPT_NICE)
            guest = Guest(guest_name, options, tmp)
            self._start(command(guest), guest)
            try:
                self._watch(limit, to_the_end)
            finally:
                self._stop()
            with open(f'{tmp}/out', 'rb') as f:
                self.output = f.read().decode('latin1')
        finally:
            shutil.rmtree(tmp, ignore_errors=True)

    def _start(self, command, guest):
        if command.fifo:
            os.mkfifo(command.fifo)
        self._out = open(f'{guest.tmp}/out', 'wb')
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            command.argv, stdin=subprocess.PIPE, stdout=self._out if command.fifo else subprocess.PIPE,
            stderr=self._out, start_new_session=True, cwd=guest.tmp,
            preexec_fn=lambda: _set_nice(USUAL_NICE))
        self._fd = (os.open(command.fifo, os.O_RDONLY | os.O_NONBLOCK) if command.fifo
                    else self._process.stdout.fileno())
        self._fifo = bool(command.fifo)
        self.markers = Markers(self._process.pid, guest.first)

    def _ended(self):
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _watch(self, limit, to_the_end):
        markers = self.markers
        while not markers.done or to_the_end:
            now = time.monotonic()
            if now - self._began > limit or now - markers.last[0] > max(IDLE_LIMIT, limit / 3):
                markers.fails.append(f'gave up after {now - self._began:.0f} s')
                break
            if not select.select([self._fd], [], [], 0.2)[0]:
                if self._ended():
                    break
                continue
            data = os.read(self._fd, 4096)
            if data:
                markers.feed(data)
            elif self._ended():
                break
            else:
                time.sleep(0.002)  # a FIFO that nobody writes yet, or a process about to end
        self.peak_kb, self.cpu, self.wall = markers.peak_kb, markers.last[1], markers.last[0] - self._began
        if not markers.done:
            markers.fails.append('ended early')

    def _stop(self):
        try:
            os.killpg(self._process.pid, signal.SIGKILL)  # a session of its own: what this run started
        except ProcessLookupError:
            pass
        self._process.wait()
        self._process.stdin.close()
        if self._fifo:
            os.close(self._fd)
        else:
            self._process.stdout.close()
        self._out.close()

    @property
    def complete(self):
        return self.markers.done

    @property
    def works(self):
        return self.markers.works

    @property
    def fails(self):
        return self.markers.fails

    def as_json(self):
        return {'peer': self.peer, 'guest': self.guest, 'options': self.options, 'complete': self.complete,
                'works': self.works, 'fails': self.fails, 'peak_kb': self.peak_kb, 'wall': self.wall, 'cpu': self.cpu}

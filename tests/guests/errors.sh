#!/bin/bash
# What the user gets wrong, and what the host refuses: one line on stderr that names the thing and the reason, exit status 1, nothing
# created and nothing changed.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
mkdir files
cd files || exit 1
truncate -s 1474560 a.img
truncate -s 16M c.img
truncate -s 0 empty.img
truncate -s 1000001 odd.img
truncate -s 1000448 strange.img # whole sectors, no floppy
mkdir folder
truncate -s 65536 ff.rom
truncate -s 100 tiny.rom
truncate -s 20M big.rom
printf 'sleep 0.01\nquit\n' > ok.scr
printf 'sleep 0.01\n\nwait for it\n' > bad.scr
printf 'frobnicate\n' > verb.scr
printf 'wait "abc\n' > quote.scr
printf 'key ctrl-frob\n' > key.scr
printf 'quit 300\n' > status.scr
printf 'sleep soon\n' > sleep.scr
printf 'insert hda a.img\n' > drive.scr
printf '\x7fELF\0\0' > binary.scr
listing() { find . -type f -o -type d | sort | xargs stat -c '%n %s %Y'; }
before=$(listing)

# refused WHAT PATTERN ARGUMENTS...
refused() {
	local what=$1 pattern=$2 status
	shift 2
	timeout 20 "$TANDEM" -display none -icount "$@" < /dev/null > ../stdout 2> ../stderr
	status=$?
	[ $status = 1 ] || fail "$what: status $status"
	[ "$(wc -l < ../stderr)" = 1 ] || { fail "$what: not one line:"; head -10 ../stderr; }
	grep -Eq "^tandem: .*$pattern" ../stderr || { fail "$what: no /$pattern/ in:"; head -3 ../stderr; }
	[ -s ../stdout ] && { fail "$what: something on stdout:"; head -3 ../stdout; }
	[ "$before" = "$(listing)" ] || {
		fail "$what: files were created or changed:"
		diff <(echo "$before") <(listing)
		before=$(listing)
	}
}

# ---- images
for drive in fda fdb hda hdb hdc hdd; do
	refused "$drive: missing image" "none\.img.*No such file" -$drive none.img
	refused "$drive: folder" "folder.*[Dd]irectory" -$drive folder
	refused "$drive: empty image" "empty\.img" -$drive empty.img
	refused "$drive: odd size" "odd\.img" -$drive odd.img
done
refused "floppy: no format has this size" "strange\.img" -fda strange.img
refused "missing bare image" "none\.img.*No such file" none.img
refused "bare folder" "folder.*[Dd]irectory" folder
refused "empty name" "fda" -fda ""
refused "missing image and a log" "none\.img" -d int -D log.txt -fda none.img
refused "missing image and channels" "none\.img" -serial file:serial.txt -debugcon file:debug.txt -fda none.img
refused "cdrom: missing image" "none\.iso.*No such file" -cdrom none.iso
refused "cdrom: empty image" "empty\.img" -cdrom empty.img
refused "cdrom: in the place of hdc" "-cdrom.*-hdc" -cdrom c.img -hdc c.img
refused "the same image twice" "c\.img" -hda c.img -hdb c.img
refused "a character device" "/dev/zero" -hda /dev/zero
mkfifo pipe
before=$(listing)
refused "a pipe" "pipe" -hda pipe
refused "drive given twice" "fda" -fda a.img -fda a.img
if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null && setpriv --reuid 65534 --clear-groups test -x "$TANDEM" 2> /dev/null; then
	chmod 755 .. .
	chmod 600 c.img
	cat > ../as_nobody <<-X
		#!/bin/sh
		exec setpriv --reuid 65534 --clear-groups "$TANDEM" "\$@"
	X
	chmod +x ../as_nobody
	real=$TANDEM
	TANDEM=$work/as_nobody
	refused "unreadable image" "c\.img.*Permission denied" -hda c.img
	chmod 600 quote.scr
	refused "unreadable script" "quote\.scr.*Permission denied" -script quote.scr
	chmod 600 ff.rom
	refused "unreadable ROM" "ff\.rom.*Permission denied" -bios ff.rom
	# A read-only image is used, write-protected.
	chmod 444 a.img
	timeout 20 "$TANDEM" -display none -icount -fda a.img -script ok.scr < /dev/null > ../stdout 2> ../stderr ||
		{ fail "read-only image: status $?"; cat ../stderr; }
	chmod 644 a.img quote.scr ff.rom c.img
	TANDEM=$real
fi

# ---- an image that another machine uses
printf 'sleep 1000\n' > ../long.scr
"$TANDEM" -display none -S -hda c.img -fda a.img < /dev/null > /dev/null 2>&1 &
holder=$!
children+=("$holder")
for _ in $(seq 100); do
	grep -q . "/proc/$holder/fdinfo/"* 2> /dev/null && grep -lq '^lock' "/proc/$holder/fdinfo/"* 2> /dev/null && break
	sleep 0.1
done
refused "locked disk" "c\.img.*(use|lock)" -hda c.img
refused "locked floppy" "a\.img.*(use|lock)" -fda a.img
kill "$holder"
wait "$holder" 2> /dev/null
timeout 20 "$TANDEM" -display none -icount -hda c.img -fda a.img -script ok.scr < /dev/null > ../stdout 2>&1 ||
	{ fail "the lock outlives its machine: status $?"; cat ../stdout; }

# ---- options and their values
refused "unknown option" "-frob.*unknown" -frob
refused "unknown option, two dashes" "--frob.*unknown" --frob=1
for option in m fda hda boot bios vgabios serial debugcon display rtc device d D dfilter technique script verify; do
	refused "$option without a value" "-$option: a value is missing" -$option
done
refused "value for a flag" "-snapshot" -snapshot=on
for value in 0 -1 3073 4G abc 64X "" 99999999999999999999; do refused "-m '$value'" "-m" "-m=$value"; done
for value in x aa order=q menu=maybe "" order=; do refused "-boot '$value'" "-boot" "-boot=$value"; done
for value in vga "" SDL; do refused "-display '$value'" "-display" "-display=$value"; done
for value in never 1996-13-01T00:00:00 base= base=1996-02-30T00:00:00 clock=vm ""; do refused "-rtc '$value'" "-rtc" "-rtc=$value"; done
for value in frob isa-debug-exit,iobase=70000 isa-debug-exit,iobase=x isa-debug-exit,foo=1 ""; do refused "-device '$value'" "-device" "-device=$value"; done
for value in frob in_asm,frob ""; do refused "-d '$value'" "-d" "-d=$value"; done
for value in 5 9..5 x..y 0x1.. ""; do refused "-dfilter '$value'" "-dfilter" "-dfilter=$value" -d int; done
for value in hvm "" TRAP; do refused "-technique '$value'" "-technique" "-technique=$value"; done
for value in shift=10 shift=x shift= auto; do refused "-icount=$value" "-icount" "-icount=$value"; done
for value in cpu ""; do refused "-verify '$value'" "-verify" "-verify=$value"; done
for value in frob file: tcp: tcp:host tcp:localhost:99999 tcp:localhost:x tcp:localhost:1,frob ""; do
	refused "-serial '$value'" "-serial" "-serial=$value"
done
for value in frob pty tcp:localhost:1 file: ""; do refused "-debugcon '$value'" "-debugcon" "-debugcon=$value"; done
refused "three serial ports" "-serial" -serial none -serial none -serial none
refused "two serial ports on stdio" "-serial" -serial stdio -serial stdio
refused "-D without -d" "-D" -D log.txt
refused "log into a missing folder" "nowhere/log.*No such file" -d int -D nowhere/log
refused "log into a folder" "folder.*directory" -d int -D folder
refused "serial file in a missing folder" "nowhere/s.*No such file" -serial file:nowhere/s
refused "debug console in a missing folder" "nowhere/s.*No such file" -debugcon file:nowhere/s
refused "serial port to nobody" "(127\.0\.0\.1|localhost).*refused" -serial tcp:127.0.0.1:1

# ---- ROMs
refused "missing BIOS" "none\.rom.*No such file" -bios none.rom
refused "folder as BIOS" "folder.*directory" -bios folder
refused "tiny BIOS" "tiny\.rom" -bios tiny.rom
refused "empty BIOS" "empty\.img" -bios empty.img
refused "huge BIOS" "big\.rom" -bios big.rom
refused "missing VGA BIOS" "none\.rom.*No such file" -vgabios none.rom
refused "VGA BIOS without a signature" "ff\.rom" -vgabios ff.rom

# ---- scripts
refused "missing script" "none\.scr.*No such file" -script none.scr
refused "folder as script" "folder.*directory" -script folder
refused "binary script" "binary\.scr" -script binary.scr
refused "line 3" "bad\.scr:3: .*quote" -script bad.scr
refused "verb" "verb\.scr:1: .*frobnicate" -script verb.scr
refused "quote" "quote\.scr:1: .*quote" -script quote.scr
refused "key" "key\.scr:1: .*ctrl-frob" -script key.scr
refused "status" "status\.scr:1: .*255" -script status.scr
refused "sleep" "sleep\.scr:1: .*number" -script sleep.scr
refused "drive" "drive\.scr:1: .*fda, fdb or cdrom" -script drive.scr

# ---- what fails while it runs
# ends WHAT STATUS PATTERN SCRIPT ARGUMENTS...: one line about it, and that status
results=../stdout
ends() {
	local what=$1 expected=$2 pattern=$3 status
	printf '%s\n' "$4" > ../run.scr
	shift 4
	timeout 30 "$TANDEM" -display none -icount shift=6 -script ../run.scr "$@" < /dev/null > "$results" 2> ../stderr
	status=$?
	same "$what: status" "$expected" "$status"
	same "$what: lines that tell of it in stderr" 1 "$(grep -Ec -- "$pattern" ../stderr)"
}
ends "failed wait" 2 'run\.scr:1:.*"never"' 'wait "never" 0.1'
ends "screenshot into a missing folder" 2 'run\.scr:2:.*nowhere/x\.png: No such file' 'sleep 0.1
screenshot nowhere/x.png'
failures_before=$failures
(
	ulimit -f 1
	ends "screenshot on a full disk" 2 'run\.scr:2:.*x\.png: File too large' 'wait "Restart the machine" 20
screenshot x.png
quit'
	exit $((failures - failures_before))
)
failures=$((failures + $?))
ends "insert a missing image" 2 'run\.scr:1:.*none\.img: No such file' 'insert fda none.img'
ends "insert an odd image" 2 'run\.scr:1:.*odd\.img' 'insert fda odd.img'
if [ -c /dev/full ]; then
	ends "log on a full disk" 1 '/dev/full: No space' 'sleep 0.1
quit' -d in_asm -D /dev/full
	ends "debug console on a full disk" 0 '-debugcon: No space' 'sleep 1
quit' -debugcon file:/dev/full
	results=/dev/full
	ends "results on a full disk" 1 'stdout: cannot be written' 'hash
quit'
	results=../stdout
	"$TANDEM" -h > /dev/full 2> ../stderr
	same "-h on a full disk" "1 tandem: stdout: cannot be written" "$? $(cat ../stderr)"
fi
ls ./*.png 2> /dev/null && fail "screenshots were left"

# No room for the writes that -snapshot keeps: the scratch file cannot have the image's size.
timeout 30 bash -c 'ulimit -f 100; exec "$0" -display none -icount -snapshot -fda a.img -script ok.scr' "$TANDEM" < /dev/null > ../stdout 2> ../stderr
same "no room for a snapshot: status" 1 $?
same "no room for a snapshot: lines" 1 "$(grep -c '^tandem: .*scratch file.*File too large' ../stderr)"

# A disk that fills up while the guest writes: the file may not grow beyond 900 KB, the guest's file begins there.
if command -v mcopy > /dev/null && [ -f "$guests/freedos-boot-1.44M.img" ]; then
	cp "$guests/freedos-boot-1.44M.img" ../full.img
	chmod u+w ../full.img
	head -c 850000 /dev/zero > ../filler
	mcopy -i ../full.img ../filler :: || exit 1
	sum=$(tail -c +921601 ../full.img | sha256sum)
	failures_before=$failures
	(
		ulimit -f 900
		ends "full disk" 0 'full\.img.*File too large' 'wait "A:\>\_" 60
type "copy command.com x.com\n"
wait "rror" 30
wait "(A)bort" 10
type "a"
sleep 2
quit' -fda ../full.img
		exit $((failures - failures_before))
	)
	failures=$((failures + $?))
	cp ../stderr "$out/full-disk"
	same "full disk: behind the limit" "$sum" "$(tail -c +921601 ../full.img | sha256sum)"
fi

# ---- the terminal is as before, however the run ends
if command -v script > /dev/null && command -v stty > /dev/null; then
	# terminal WHAT SIGNAL|keys ARGUMENTS...
	terminal() {
		local what=$1 how=$2 waited
		shift 2
		rm -f ../stty.* ../status
		cat > ../in_terminal <<-X
			stty -g > ../stty.before
			"$TANDEM" $* < /dev/tty &
			pid=\$!
			n=0
			while stty -g | cmp -s - ../stty.before && [ \$n -lt 100 ]; do sleep 0.1; n=\$((n + 1)); done
			stty -g > ../stty.during
			[ $how = keys ] || kill $how \$pid
			wait \$pid
			echo \$? > ../status
			stty -g > ../stty.after
		X
		{
			for waited in $(seq 200); do
				[ -s ../stty.during ] && break
				sleep 0.1
			done
			[ "$how" = keys ] && printf '\001x'
			for waited in $(seq 100); do
				[ -s ../stty.after ] && break
				sleep 0.1
			done
		} | timeout 40 script -qec "sh ../in_terminal" /dev/null > ../screen 2>&1
		check "$what: the terminal is as before" cmp ../stty.before ../stty.after
		cmp -s ../stty.before ../stty.during && fail "$what: the terminal was not raw"
	}
	terminal "Ctrl-A x" keys -display term
	same "Ctrl-A x: status" 0 "$(cat ../status)"
	terminal "SIGINT" -INT -display term
	same "SIGINT: status" 130 "$(cat ../status)"
	terminal "SIGTERM, serial stdio" -TERM -display none -serial stdio
	same "SIGTERM: status" 143 "$(cat ../status)"
fi
finish

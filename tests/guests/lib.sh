# lib.sh - what the tests of whole guests have in common; sourced by bash.
#
# From the environment: TANDEM, the emulator, and TANDEM_SHARED, the folder with guests/. Artefacts (screenshots, logs) go
# to GUEST_OUT. A test ends with `finish`: status 0, 1 with what failed, or 77 when something that it needs is not there.

: "${TANDEM:?the emulator}" "${TANDEM_SHARED:=/nonexistent}"
test_name=$(basename "$0" .sh)
here=$(cd "$(dirname "$0")" && pwd)
guests=$TANDEM_SHARED/guests
work=$(mktemp -d) || exit 1
out=${GUEST_OUT:-$work/out}/$test_name
mkdir -p "$out"
failures=0
children=()
export MTOOLS_SKIP_CHECK=1 MTOOLSRC=/dev/null LC_ALL=C
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}

cleanup() {
	local pid
	for pid in "${children[@]}"; do kill "$pid" 2>/dev/null; done
	rm -rf "$work"
}
trap cleanup EXIT

skip() {
	echo "skipped: $*"
	exit 77
}

need() {
	local tool
	for tool; do command -v "$tool" > /dev/null || skip "no $tool"; done
}

need_guests() {
	[ -f "$guests/freedos-boot-1.44M.img" ] || skip "no FreeDOS images in $guests"
}

fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}

finish() {
	[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
	echo "all as expected"
	exit 0
}

# check WHAT COMMAND...: the command must succeed
check() {
	local what=$1
	shift
	"$@" || fail "$what"
}

# same WHAT EXPECTED ACTUAL
same() {
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# matches WHAT PATTERN FILE: a line of the file matches the extended regular expression
matches() {
	grep -Eq -- "$2" "$3" && return
	fail "$1: no line like /$2/ in:"
	sed 's/^/    | /' "$3" | head -60
}

# tandem LIMIT ARGUMENTS...: a headless run, at most LIMIT seconds of the host's. 64 ns an instruction, the speed of a 486, so that
# the host has less to do while DOS waits for keys.
tandem() {
	local limit=$1
	shift
	timeout -k 5 "$limit" "$TANDEM" -display none -icount shift=6 "$@" < /dev/null
}

# run_script WHAT SCRIPT ARGUMENTS...: a headless run of a script (a text) that must end with status 0; its output is in $work/stdout
run_script() {
	local what=$1 status
	printf '%s\n' "$2" > "$work/script"
	shift 2
	tandem 150 -script "$work/script" "$@" > "$work/stdout" 2> "$work/stderr"
	status=$?
	[ $status = 0 ] && return
	fail "$what: status $status"
	sed 's/^/    | /' "$work/stderr" "$work/stdout" | head -60
	return 1
}

# assemble SOURCE BINARY ADDRESS [OPTIONS OF GCC...]: a program in assembly, for 16 bits, as a flat binary
assemble() {
	local source=$1 binary=$2 address=$3
	shift 3
	need gcc ld
	gcc -m16 -c -x assembler-with-cpp -I"$(dirname "$source")" "$@" "$source" -o "$work/assembled.o" &&
		ld -m elf_i386 -Ttext "$address" -e "$address" --oformat binary "$work/assembled.o" -o "$binary" || { echo "$source does not assemble"; exit 1; }
}

# boot_sector SOURCE IMAGE [OPTIONS OF GCC...]: a program for 0:7C00h, the beginning of an image of a 1.44 MB floppy
boot_sector() {
	assemble "$1" "$2" 0x7c00 "${@:3}"
	truncate -s 1474560 "$2"
}

# dos_program SOURCE FILE.COM
dos_program() {
	assemble "$1" "$2" 0x100
}

#!/bin/sh
# vga_run.sh ROM SOURCE_DIR - builds the self-checking INT 10h floppies and runs them under QEMU with the given VGA BIOS.
# Exit status 77: skipped (no qemu-system-i386); 0: every check passed; 1: some did not.
set -eu
rom=$1
dir=$2
qemu=$(command -v qemu-system-i386 || command -v qemu-system-x86_64) || { echo "skipped: no QEMU"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run PROGRAM SIZE: SeaBIOS writes to the same console first
run() {
	gcc -m16 -c "$dir/$1.S" -o "$work/t.o"
	ld -m elf_i386 -Ttext 0x7c00 -e 0x7c00 --oformat binary -o "$work/t.img" "$work/t.o"
	truncate -s "$2" "$work/t.img"
	: > "$work/log"
	timeout 240 "$qemu" -m 16 -display none -monitor none -vga none -device "VGA,romfile=$rom" -net none -boot a \
		-drive "file=$work/t.img,format=raw,if=floppy" -debugcon "file:$work/log" -device isa-debug-exit,iobase=0xf4 &
	pid=$!
	while kill -0 $pid 2> /dev/null && ! grep -a -q '^done' "$work/log"; do sleep 0.2; done
	kill $pid 2> /dev/null || true
	wait $pid || true
	grep -a -E '^(ok|FAIL|done)' "$work/log" || true
	grep -a -q '^done' "$work/log" || { cat "$work/log"; echo "$1: the run did not end"; exit 1; }
	if grep -a -q '^FAIL' "$work/log"; then exit 1; fi
}
run vga_services 368640
run vbe_services 1474560

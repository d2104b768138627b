#!/bin/sh
# vga_run.sh ROM SOURCE_DIR - builds the self-checking INT 10h floppy and runs it under QEMU with the given VGA BIOS.
# Exit status 77: skipped (no qemu-system-i386); 0: every check passed; 1: some did not.
set -eu
rom=$1
dir=$2
qemu=$(command -v qemu-system-i386 || command -v qemu-system-x86_64) || { echo "skipped: no QEMU"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -m16 -c "$dir/vga_services.S" -o "$work/t.o"
ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o "$work/t.img" "$work/t.o"
truncate -s 368640 "$work/t.img"
timeout 240 "$qemu" -m 16 -display none -monitor none -vga none -device "VGA,romfile=$rom" -net none -boot a \
	-drive "file=$work/t.img,format=raw,if=floppy" -debugcon "file:$work/log" -device isa-debug-exit,iobase=0xf4 || true
# SeaBIOS writes to the same console first
sed -n '/^ok mode 3 is stored/,$p' "$work/log"
grep -q '^done' "$work/log" || { cat "$work/log"; echo "the run did not end"; exit 1; }
! grep -q '^FAIL' "$work/log"

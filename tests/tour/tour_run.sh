#!/bin/sh
# tour_run.sh IMAGE SOURCE_DIR - boots the tour under QEMU, presses A and nine more keys, and checks what every stop shows.
# Exit status 77: skipped (no qemu-system-i386).
set -eu
image=$1
dir=$2
qemu=$(command -v qemu-system-i386 || command -v qemu-system-x86_64) || { echo "skipped: no QEMU"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$image" "$work/tour.img"

# Wait for a line in the log, at most ten seconds.
await() {
	tries=100
	until grep -q "$1" "$work/log" 2>/dev/null || [ $tries -eq 0 ]; do
		sleep 0.1
		tries=$((tries - 1))
	done
}
{
	await '^== Menu'
	sleep 0.3
	echo "sendkey a"
	for n in 1 2 3 4 5 6 7 8 9; do
		await "^== $n"
		sleep 0.5
		echo "sendkey spc"
	done
	sleep 0.3
	echo "quit"
} | timeout 240 "$qemu" -m 16 -display none -monitor stdio -net none -boot a -no-reboot \
	-drive "file=$work/tour.img,format=raw,if=floppy" -debugcon "file:$work/log" > /dev/null
awk -f "$dir/tour_check.awk" "$dir/expected.txt" "$work/log"

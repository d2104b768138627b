#!/bin/bash
# The chip set, seen by boot sectors (chipset.S): power off, the two kinds of reset, shadow memory, the power button.
. "$(dirname "$0")/lib.sh"

chipset() { # CASE OPTIONS... -> $status, $said
	local case=$1
	shift
	boot_sector "$here/chipset.S" "$work/boot.img" -DCASE="$case"
	rm -f "$work/debugcon"
	tandem 30 -fda "$work/boot.img" -debugcon "file:$work/debugcon" -device isa-debug-exit,iobase=0xf4 "$@" > "$work/stdout" 2> "$work/stderr"
	status=$?
	said=$(grep -a '^:' "$work/debugcon" | tr '\n' ' ')
	cp "$work/debugcon" "$out/debugcon-$case"
}

for technique in trap bare; do
	chipset 1 -technique $technique
	same "$technique, power off: status" 0 "$status"
	same "$technique, power off" ":1a " "$said"

	# MBIRQ0 has its reset value again after CF9h with SRST, and keeps what was written over INIT
	chipset 2 -technique $technique
	same "$technique, CF9h, hard: status" 11 "$status"
	same "$technique, CF9h, hard" ":10080 :20080 " "$said"
	chipset 3 -technique $technique
	same "$technique, CF9h, INIT: status" 11 "$status"
	same "$technique, CF9h, INIT" ":10080 :2008b " "$said"
	chipset 2 -technique $technique -no-reboot
	same "$technique, CF9h, -no-reboot" ":10080 " "$said"

	# one start: the BIOS went on at 40:67, the interrupt mask and the FPU's registers are as they were (C3: equal),
	# and interrupts come through
	chipset 4 -technique $technique
	same "$technique, shutdown code: status" 11 "$status"
	same "$technique, shutdown code" ":1k00a54000t " "$said"

	# write only: the bus is read; read only; a write that goes nowhere; both; off again
	chipset 5 -technique $technique
	same "$technique, PAM" ":1ffff123412349a9affff " "$said"
	chipset 6 -technique $technique
	same "$technique, code behind PAM" ":1SrSr " "$said"

	printf 'sleep 3\npowerbutton\nsleep 20\n' > "$work/script"
	chipset 7 -technique $technique -script "$work/script"
	same "$technique, power button: status" 11 "$status"
	same "$technique, power button" ":1 :p0100 " "$said"
done
finish

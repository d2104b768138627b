#!/bin/bash
# The self-checking programs of tests/bios on Tandem instead of QEMU, under trap and bare: every INT service of the two BIOSes.
. "$(dirname "$0")/lib.sh"
bios=$here/../bios

# Sector LBA of a file begins with its own number, as the programs expect.
number_sector() {
	# shellcheck disable=SC2059
	printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $(($2 & 255)) $(($2 >> 8 & 255)) $(($2 >> 16 & 255)) $(($2 >> 24 & 255)))" |
		dd of="$1" bs=512 seek="$2" conv=notrunc status=none
}
make_disks() {
	rm -f "$work/small.img" "$work/large.img"
	truncate -s $((20 * 16 * 63 * 512)) "$work/small.img"
	truncate -s $((400000000 * 512)) "$work/large.img"
	for lba in 0 1 62 63 1008 20159; do number_sector "$work/small.img" $lba; done
	for lba in 1 16065 16450559 268435454 268435455 268435456 300000000 399999999; do number_sector "$work/large.img" $lba; done
}

# A CD-ROM with the program as its boot image.
build_cd() {
	cp "$work/cd.img" "$work/cd.bin" && truncate -s $((512 * 65)) "$work/cd.bin" || return
	gcc -c -x assembler-with-cpp -DCD_COUNT=65 -DCD_PROGRAM="\"$work/cd.bin\"" "$bios/cd_image.S" -o "$work/cd_image.o" &&
		objcopy -O binary -j .text "$work/cd_image.o" "$work/cd.iso"
}

for technique in trap bare; do
	for program in services keyboard mouse diskette disk cd vga_services vbe_services platform resets; do
		boot=(-boot a)
		boot_sector "$bios/$program.S" "$work/$program.img"
		[ $program = vga_services ] && truncate -s 368640 "$work/$program.img"
		[ $program = cd ] && build_cd && boot=(-boot d -cdrom "$work/cd.iso")
		make_disks
		: > "$work/log"
		timeout -k 5 120 "$TANDEM" -display none -icount -technique $technique -m 32 "${boot[@]}" -debugcon "file:$work/log" \
			-device isa-debug-exit,iobase=0xf4 \
			-fda "$work/$program.img" -hda "$work/small.img" -hdb "$work/large.img" < /dev/null > "$work/stdout" 2> "$work/stderr" &
		pid=$!
		children+=("$pid")
		tries=0
		while kill -0 "$pid" 2> /dev/null && ! grep -q '^done' "$work/log" && [ $tries -lt 500 ]; do
			sleep 0.1
			tries=$((tries + 1))
		done
		kill "$pid" 2> /dev/null
		wait "$pid" 2> /dev/null
		cp "$work/log" "$out/$program-$technique"
		grep -E '^FAIL' "$work/log" && fail "$technique, $program: these checks"
		[ "$(grep -c '^ok' "$work/log")" -gt 3 ] || { fail "$technique, $program: hardly a check"; cat "$work/stderr"; }
		grep -q '^done' "$work/log" || { fail "$technique, $program: did not end"; tail -3 "$work/log"; cat "$work/stderr"; }
	done
done
for program in services keyboard mouse diskette disk cd vga_services vbe_services platform resets; do
	echo "$program: $(grep -c '^ok' "$out/$program-trap") checks"
	check "$program: trap and bare report the same" cmp "$out/$program-trap" "$out/$program-bare"
done
finish

#!/bin/sh
# Run the BIOS test programs under QEMU with our ROM.
#   run_qemu.sh BIOS.BIN SOURCE_DIR [PROGRAM...]     (programs: services keyboard mouse diskette disk cd platform resets)
# Exit: 0 all ok, 1 something failed, 77 skipped because a tool is not installed.
bios=$1
src=$2
shift 2
programs=${*:-services keyboard mouse diskette disk cd platform resets}
for tool in qemu-system-i386 gcc ld timeout; do
	command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
[ -f "$bios" ] || { echo "no $bios"; exit 1; }

dir=$(mktemp -d) || exit 1
pid=
trap '[ -n "$pid" ] && kill "$pid"; rm -rf "$dir"' EXIT

# A boot diskette of 1.44 MB with the program at its beginning.
build() {
	gcc -m16 -c -x assembler-with-cpp -I"$src" "$src/$1.S" -o "$dir/$1.o" &&
	ld -m elf_i386 -Ttext 0x7c00 -e _start --oformat binary "$dir/$1.o" -o "$dir/$1.img" &&
	truncate -s 1474560 "$dir/$1.img"
}

# A CD-ROM with the program as its boot image.
build_cd() {
	truncate -s $((512 * 65)) "$dir/$1.img" &&
	gcc -c -x assembler-with-cpp -DCD_COUNT=65 -DCD_PROGRAM="\"$dir/$1.img\"" "$src/cd_image.S" -o "$dir/cd_image.o" &&
	objcopy -O binary -j .text "$dir/cd_image.o" "$dir/cd.iso"
}

# Sector LBA of a file begins with its own number, little endian.
number_sector() {
	a=$(($2 & 255)) b=$(($2 >> 8 & 255)) c=$(($2 >> 16 & 255)) d=$(($2 >> 24 & 255))
	# shellcheck disable=SC2059
	printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $a $b $c $d)" | dd of="$1" bs=512 seek="$2" conv=notrunc status=none
}

# Disk 80h: 20 cylinders, 16 heads, 63 sectors, and disk 81h: 400,000,000 sectors, so that it needs LBA48.
make_disks() {
	truncate -s $((20 * 16 * 63 * 512)) "$dir/small.img"
	truncate -s $((400000000 * 512)) "$dir/large.img"
	for lba in 0 1 62 63 1008 20159; do number_sector "$dir/small.img" $lba; done
	for lba in 1 16065 16450559 268435454 268435455 268435456 300000000 399999999; do number_sector "$dir/large.img" $lba; done
}

make_disks
failed=0
for program in $programs; do
	build "$program" || exit 1
	boot=a
	cdrom=
	if [ "$program" = cd ]; then
		build_cd cd || exit 1
		boot=d
		cdrom="-cdrom $dir/cd.iso"
	fi
	: > "$dir/out"
	# shellcheck disable=SC2086
	timeout 240 qemu-system-i386 -machine pc -m 32 -bios "$bios" -display none -vga none -net none -boot $boot $cdrom \
		-monitor none -debugcon "file:$dir/out" \
		-drive "file=$dir/$program.img,format=raw,if=floppy" \
		-drive "file=$dir/small.img,format=raw,if=ide,index=0" \
		-drive "file=$dir/large.img,format=raw,if=ide,index=1" 2> "$dir/errors" &
	pid=$!
	tries=0
	while kill -0 "$pid" 2>/dev/null && ! grep -q '^done' "$dir/out" && [ $tries -lt 300 ]; do
		sleep 0.2
		tries=$((tries + 1))
	done
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	pid=
	echo "== $program"
	if [ -n "$VERBOSE" ]; then cat "$dir/out"; else grep -E '^(FAIL|done)' "$dir/out"; fi
	grep -q '^done 0 failed' "$dir/out" || failed=1
done
exit $failed

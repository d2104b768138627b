# disk.sh - disk images with partitions, FAT and FreeDOS on them; sourced after lib.sh.

# byte FILE OFFSET VALUE: pokes
byte() { printf "\\x$(printf %02x "$3")" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# new_disk IMAGE SECTORS [P1_START=N ...]: an empty disk with a master boot record
new_disk() {
	local image=$1 sectors=$2 defines=() name
	shift 2
	for name in P1_ACTIVE P1_TYPE P1_START P1_SIZE P2_ACTIVE P2_TYPE P2_START P2_SIZE; do defines+=("-D$name=0"); done
	for name; do defines+=("-U${name%%=*}" "-D$name"); done
	assemble "$here/mbr.S" "$work/mbr.bin" 0x7c00 "${defines[@]}"
	rm -f "$image"
	truncate -s $((sectors * 512)) "$image"
	dd if="$work/mbr.bin" of="$image" conv=notrunc status=none
}

# format IMAGE START SIZE HEADS CLUSTER [BOOT SECTOR]: a FAT file system in a partition; FAT12 or FAT16, as the clusters make it
format() {
	local image=$1 start=$2 size=$3 heads=$4 cluster=$5 boot=()
	[ -n "${6-}" ] && boot=(-B "$6")
	mformat -i "$image@@$((start * 512))" -T "$size" -h "$heads" -s 63 -H "$start" -c "$cluster" -v TESTDISK "${boot[@]}" :: || exit 1
	byte "$image" $((start * 512 + 0x24)) 0x80
}

# freedos_disk IMAGE: 15 MB, one active FAT12 partition with FreeDOS, which starts with the boot sector of its floppy: that
# one reads FAT12, and asks INT 13h for extensions when its drive is not 0.
freedos_disk() {
	local image=$1 floppy=$guests/freedos-boot-1.44M.img file
	new_disk "$image" $((31 * 16 * 63)) P1_ACTIVE=0x80 P1_TYPE=1 P1_START=63 P1_SIZE=30177
	dd if="$floppy" of="$work/boot12.bin" bs=512 count=1 status=none
	format "$image" 63 30177 16 8 "$work/boot12.bin"
	for file in kernel.sys command.com readme.txt; do
		mcopy -n -i "$floppy" "::$file" "$work/$file"
		mcopy -i "$image@@32256" "$work/$file" :: || exit 1
	done
	printf 'FILES=20\r\nSHELL=C:\\COMMAND.COM /E:512 /P\r\n' > "$work/config.sys"
	printf '@echo off\r\nprompt $p$g\r\n' > "$work/autoexec.bat"
	mcopy -i "$image@@32256" "$work/config.sys" "$work/autoexec.bat" :: || exit 1
}

# linux_disk.sh - disks that boot Linux by loaders of others, and the kernels for them; sourced after lib.sh. Nothing is mounted.

export TANDEM_GUESTS=${TANDEM_GUESTS:-$(dirname "$(dirname "$here")")/build/guests}
export PATH=$PATH:/sbin:/usr/sbin
grub=/usr/lib/grub/i386-pc
isolinux=/usr/lib/ISOLINUX/isolinux.bin
ldlinux=/usr/lib/syslinux/modules/bios/ldlinux.c32
syslinux_mbr=/usr/lib/syslinux/mbr/mbr.bin
# console on both; nomodeset leaves the screen to the VGA's text; the kernel's tests of its own ciphers take half of its time
linux_line='console=tty0 console=ttyS0 nomodeset cryptomgr.notests'

# linux_guest FLAVOUR: $guest, the folder with vmlinuz and initrd.gz, or the test is skipped
linux_guest() {
	need apt-get cpio gzip objcopy
	guest=$("$here/../../guests/linux.sh" "$1" 2> "$work/fetch.err" | tail -1)
	[ -d "$guest" ] || { tail -3 "$work/fetch.err"; skip "no Linux guest to be had"; }
}

# little FILE OFFSET BYTES VALUE: pokes a number
little() {
	local i value=$4
	for ((i = 0; i < $3; i++)); do
		printf "\\x$(printf %02x $((value & 255)))" | dd of="$1" bs=1 seek=$(($2 + i)) conv=notrunc status=none
		value=$((value >> 8))
	done
}

# guest_package NAME: the path of a Debian package for i386
guest_package() (
	base=$TANDEM_GUESTS
	. "$here/../../guests/debian.sh"
	cd "$base" && exec 9> lock && flock 9 && deb=$(at_hand "$1" 2>> "$work/fetch.err") && echo "$base/$deb"
)

# partition IMAGE TYPE: a table with one active partition from sector 2048 to 64 MB
partition() {
	little "$1" 446 1 0x80
	little "$1" 450 1 "$2"
	little "$1" 454 4 2048
	little "$1" 458 4 $((63 * 2048))
	little "$1" 510 2 0xaa55
}

# fat_disk IMAGE: 64 MB, one active FAT16 partition from sector 2048 with the kernel and its RAM disk
fat_disk() {
	local image=$1
	need mkfs.fat mcopy
	rm -f "$image"
	truncate -s 64M "$image"
	partition "$image" 0x0e
	mkfs.fat -F 16 --offset 2048 -h 2048 "$image" $((63 * 1024)) > "$work/log" || { cat "$work/log"; exit 1; }
	mcopy -i "$image@@1M" "$guest/vmlinuz" ::vmlinuz && mcopy -i "$image@@1M" "$guest/initrd.gz" ::initrd.gz || exit 1
}

# grub_disk IMAGE: GRUB 2 as grub-install would put it: boot.img in sector 0, the core after it. boot.img has at 5Ch the sector of the
# core; the core's first sector has at its end a list of the others: first sector, how many, segment (GRUB manual, "Images").
grub_disk() {
	local image=$1 core=$work/core.img sectors
	need grub-mkimage
	[ -f $grub/boot.img ] || skip "no GRUB for the BIOS"
	fat_disk "$image"
	grub-mkimage -O i386-pc -d $grub -p '(hd0,msdos1)/grub' -o "$core" biosdisk part_msdos fat normal linux echo serial terminal || exit 1
	sectors=$((($(stat -c %s "$core") + 511) / 512))
	[ $sectors -lt 2000 ] || { echo "GRUB's core has $sectors sectors"; exit 1; }
	little "$core" 500 8 2
	little "$core" 508 2 $((sectors - 1))
	cp $grub/boot.img "$work/boot.img"
	little "$work/boot.img" 92 8 1
	little "$work/boot.img" 102 2 0x9090 # the drive that the BIOS names, not a floppy
	dd if="$work/boot.img" of="$image" bs=1 count=440 conv=notrunc status=none
	dd if="$core" of="$image" bs=512 seek=1 conv=notrunc status=none
	cat > "$work/grub.cfg" <<-G
		serial --unit=0 --speed=115200
		terminal_output console serial
		set timeout=2
		menuentry "Linux of the test disk" {
			echo Loading
			linux /vmlinuz $linux_line
			initrd /initrd.gz
		}
	G
	mmd -i "$image@@1M" ::grub && mcopy -i "$image@@1M" "$work/grub.cfg" ::grub/grub.cfg || exit 1
}

# the configuration file of all of the SYSLINUX family
syslinux_config() {
	printf 'SERIAL 0 115200\nPROMPT 1\nTIMEOUT 20\nSAY Read from the test disk\nDEFAULT linux\nLABEL linux\n KERNEL /vmlinuz\n INITRD /initrd.gz\n APPEND %s\n' "$linux_line"
}

# syslinux_disk IMAGE
syslinux_disk() {
	local image=$1
	need syslinux
	[ -f $syslinux_mbr ] || skip "no syslinux"
	fat_disk "$image"
	syslinux -t $((2048 * 512)) -i "$image" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
	dd if=$syslinux_mbr of="$image" bs=440 count=1 conv=notrunc status=none
	syslinux_config > "$work/syslinux.cfg"
	mcopy -i "$image@@1M" "$work/syslinux.cfg" ::syslinux.cfg || exit 1
}

# extlinux_disk IMAGE EXT: 64 MB, one active partition of ext2 or ext4 from sector 2048. extlinux writes to a mounted file system, and
# mounting an image wants privilege; so it is a guest that mounts it, and runs Debian's extlinux for i386. mkfs makes holes
# of what is zero, and SYSLINUX 6.04 reads no holes of ext4 (nor does it on other PCs): the guest writes the kernel again.
extlinux_disk() {
	local image=$1 extlinux libc tree=$work/ext extra=$work/extra offset=$((2048 * 512))
	need "mkfs.$2" fsck.ext4 dpkg-deb
	[ -f $syslinux_mbr ] || skip "no syslinux"
	extlinux=$(guest_package extlinux) && libc=$(guest_package libc6) || { tail -3 "$work/fetch.err"; skip "no extlinux for i386 to be had"; }
	mkdir -p "$tree/boot/extlinux" "$extra/etc"
	cp "$guest/vmlinuz" "$guest/initrd.gz" "$tree"
	syslinux_config > "$tree/boot/extlinux/extlinux.conf"
	rm -f "$image"
	truncate -s 64M "$image"
	partition "$image" 0x83
	"mkfs.$2" -q -F -E offset=$offset -d "$tree" "$image" $((63 * 1024))k > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
	dpkg-deb -x "$extlinux" "$work/debs" && dpkg-deb -x "$libc" "$work/debs" || exit 1
	cp "$work/debs/usr/bin/extlinux" "$extra"
	(cd "$work/debs" && cp -r --parents lib/ld-linux.so.2 lib/i386-linux-gnu/{ld-linux.so.2,libc.so.6} "$extra") || exit 1
	cat > "$extra/etc/autorun" <<-'E'
		dmesg -n 1
		mount -t ext4 /dev/sda1 /mnt && cp /mnt/vmlinuz /tmp && cp /tmp/vmlinuz /mnt && /extlinux --install /mnt/boot/extlinux; echo "RESULT $?"
		umount /mnt
		poweroff -f
	E
	(cd "$extra" && find . | cpio -o -H newc -R 0:0 --quiet | gzip) | cat "$guest/initrd.gz" - > "$work/initrd"
	timeout -k 5 400 "$TANDEM" -display none -icount -m 256 -no-reboot -serial "file:$out/extlinux-install.log" -kernel "$guest/vmlinuz" \
		-initrd "$work/initrd" -append "console=ttyS0 cryptomgr.notests" -hda "$image" < /dev/null > "$work/log" 2>&1 || cat "$work/log"
	tr -d '\r' < "$out/extlinux-install.log" > "$work/serial"
	matches "extlinux on $2" '^RESULT 0$' "$work/serial"
	check "fsck after extlinux" fsck.ext4 -f -n "$image?offset=$offset" > "$work/fsck" 2>&1
	dd if=$syslinux_mbr of="$image" bs=440 count=1 conv=notrunc status=none
}

# isolinux_disc IMAGE
isolinux_disc() {
	need xorriso
	[ -f $isolinux ] && [ -f $ldlinux ] || skip "no isolinux"
	mkdir -p "$work/iso/isolinux"
	cp $isolinux $ldlinux "$work/iso/isolinux"
	cp "$guest/vmlinuz" "$guest/initrd.gz" "$work/iso"
	syslinux_config > "$work/iso/isolinux/isolinux.cfg"
	xorriso -as mkisofs -quiet -o "$1" -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
		"$work/iso" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

# boots_linux WHAT TEXT SERIAL ARGUMENTS...: from the loader, which shows TEXT on the screen and writes SERIAL to the serial port, to a
# shell on both; power off by it
boots_linux() {
	local what=$1 text=$2 serial=$3 name status
	shift 3
	name=${what//[^a-z0-9]/-}
	printf 'wait "%s" 60\nwait "/ # \\_" 400\ntype "uname -r; echo to the $((40+2))\\n"\nwait "to the 42" 20\nscreenshot %s\nsleep 1\ntype "poweroff -f\\n"\nsleep 60\nquit 9\n' \
		"$text" "$out/$name.png" > "$work/script"
	timeout -k 5 600 "$TANDEM" -display none -icount -m 256 -no-reboot -script "$work/script" -serial "file:$out/$name.log" "$@" \
		< /dev/null > "$work/stdout" 2> "$work/stderr"
	status=$?
	[ $status = 0 ] || { fail "$what: status $status"; cat "$work/stderr"; }
	tr -d '\r' < "$out/$name.log" > "$work/serial"
	matches "$what: the loader on the serial port" "$serial" "$work/serial"
	matches "$what: a shell on the serial port" '^/ # ' "$work/serial"
	matches "$what: off" 'reboot: Power down' "$work/serial"
}

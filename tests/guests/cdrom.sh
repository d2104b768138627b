#!/bin/bash
# Boot loaders on CD that are not ours, images of floppies and disks on CD, and discs that come and go. Each part is left out when its package is not installed.
. "$(dirname "$0")/lib.sh"
need xorriso
parts=0

# make_iso IMAGE FOLDER ARGUMENTS...
make_iso() {
	local image=$1 folder=$2
	shift 2
	xorriso -as mkisofs -quiet -o "$image" "$@" "$folder" > "$work/xorriso" 2>&1 || { cat "$work/xorriso"; exit 1; }
}

isolinux=/usr/lib/ISOLINUX/isolinux.bin
module=/usr/lib/syslinux/modules/bios/ldlinux.c32
if [ -f $isolinux ] && [ -f $module ]; then
	parts=$((parts + 1))
	mkdir -p "$work/linux/isolinux"
	cp $isolinux $module "$work/linux/isolinux"
	printf 'PROMPT 1\nTIMEOUT 0\nSAY Read from the test disc\nDEFAULT none\nLABEL none\n LOCALBOOT -1\n' > "$work/linux/isolinux/isolinux.cfg"
	make_iso "$work/isolinux.iso" "$work/linux" -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table
	prompt=$'wait "Read from the test disc" 20\nwait "boot: \\_" 5\nquit'
	for technique in trap bare classic; do
		run_script "isolinux, $technique" "$prompt" -technique $technique -boot d -cdrom "$work/isolinux.iso"
	done
	run_script "a bare name" "$prompt" "$work/isolinux.iso"
	run_script "a disc put in later" $'wait "No bootable device" 20\ninsert cdrom '"$work/isolinux.iso"$'\nkey ret\n'"$prompt" -boot d
	run_script "a disc taken out" $'eject cdrom\nwait "No bootable device" 20\nquit' -boot d -cdrom "$work/isolinux.iso"
fi

if command -v grub-mkrescue > /dev/null && [ -d /usr/lib/grub/i386-pc ] && command -v mformat > /dev/null; then
	parts=$((parts + 1))
	mkdir -p "$work/grub/boot/grub"
	printf 'set timeout=60\nmenuentry "Entry of the test disc" {\n true\n}\n' > "$work/grub/boot/grub/grub.cfg"
	grub-mkrescue -o "$work/grub.iso" "$work/grub" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
	run_script "GRUB" $'wait "Entry of the test disc" 30\nquit' -boot d -cdrom "$work/grub.iso"
fi

memtest=/usr/lib/memtest86+/memtest86+ia32.iso
if [ -f $memtest ]; then # a floppy image with a kernel that reads itself by INT 13h
	parts=$((parts + 1))
	run_script "memtest86+" $'wait "Memtest86+" 20\nwait "Testing:" 20\nquit' -boot d -cdrom $memtest
fi

# "El Torito" emulation with DOS, which sees a write-protected drive; the drive that it displaces is the next one.
if [ -f "$guests/freedos-boot-1.44M.img" ] && command -v mcopy > /dev/null; then
	. "$here/disk.sh"
	parts=$((parts + 1))
	mkdir -p "$work/floppy/boot" "$work/disk/boot"
	cp "$guests/freedos-boot-1.44M.img" "$work/floppy/boot/floppy.img"
	make_iso "$work/floppy.iso" "$work/floppy" -b boot/floppy.img -c boot/catalog
	cp "$guests/freedos-boot-720K.img" "$work/b.img"
	mcopy -i "$work/b.img" "$here/lib.sh" ::ONB.TXT
	run_script "a floppy image on CD" '
wait "A:\>\_" 60
type "dir b:onb.txt\n"
wait "ONB      TXT"
wait "A:\>\_"
type "echo x> new.txt\n"
wait "write-protection violation"
type "f"
quit' -boot d -cdrom "$work/floppy.iso" -fda "$work/b.img"
	freedos_disk "$work/disk/boot/disk.img"
	make_iso "$work/disk.iso" "$work/disk" -b boot/disk.img -c boot/catalog -hard-disk-boot
	freedos_disk "$work/d.img"
	mcopy -i "$work/d.img@@32256" "$here/lib.sh" ::OND.TXT
	run_script "a disk image on CD" '
wait "C:\>\_" 60
type "dir d:ond.txt\n"
wait "OND      TXT"
wait "C:\>\_"
type "type readme.txt\n"
wait "Consult the project page"
quit' -boot d -cdrom "$work/disk.iso" -hda "$work/d.img"
fi

[ $parts -gt 0 ] || skip "nothing to boot"
finish

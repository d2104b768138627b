#!/bin/bash
# Boot loaders on CD that are not ours, and discs that come and go. Each part is left out when its package is not installed.
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

[ $parts -gt 0 ] || skip "neither isolinux nor GRUB"
finish

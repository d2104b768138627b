#!/bin/bash
# Debian's Linux by the boot loaders that people use, from disk and disc, to a shell.
#   loaders.sh grub FLAVOUR | syslinux FLAVOUR | extlinux FLAVOUR | isolinux FLAVOUR
. "$(dirname "$0")/lib.sh"
. "$here/linux_disk.sh"
linux_guest "$2"
case $1 in
grub)
	grub_disk "$work/disk.img"
	boots_linux "grub $2" "Linux of the test disk" "Linux of the test disk" -hda "$work/disk.img"
	;;
syslinux)
	syslinux_disk "$work/disk.img"
	boots_linux "syslinux $2" "Read from the test disk" SYSLINUX -hda "$work/disk.img"
	;;
extlinux)
	for ext in ext2 ext4; do
		extlinux_disk "$work/disk.img" $ext
		boots_linux "extlinux $ext $2" "Read from the test disk" SYSLINUX -hda "$work/disk.img"
	done
	;;
isolinux)
	isolinux_disc "$work/disc.iso"
	boots_linux "isolinux $2" "Read from the test disk" ISOLINUX -boot d -cdrom "$work/disc.iso"
	;;
esac
finish

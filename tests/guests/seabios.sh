#!/bin/bash
# Debian's SeaBIOS instead of our BIOS, as a second opinion on the chips: with our VGA BIOS and with its own.
#   seabios.sh dos        FreeDOS from floppy and disk, the choice of drives, isolinux
#   seabios.sh linux      Linux from a disk with GRUB, from a disc with isolinux and by -kernel
# bios.bin, the one without System Management Mode: bios-256k.bin waits for an SMI, which Tandem has not.
. "$(dirname "$0")/lib.sh"
bios=/usr/share/seabios/bios.bin
vgabios=/usr/share/seabios/vgabios-stdvga.bin
[ -f $bios ] && [ -f $vgabios ] || skip "no SeaBIOS"
seabios=(-bios $bios -device "isa-debugcon,iobase=0x402")

# log_is NAME PATTERN...: what SeaBIOS tells of its work has these lines
log_is() {
	local name=$1 pattern
	shift
	cp "$work/seabios.log" "$out/$name.log"
	for pattern; do matches "$name" "$pattern" "$work/seabios.log"; done
	grep -E 'Timeout|WARNING|out of|Unable|invalid' "$work/seabios.log" | grep -v floppy_wait_irq && fail "$name: SeaBIOS complains"
}

dos() {
	need_guests
	need mcopy mformat
	. "$here/disk.sh"
	cp "$guests/freedos-boot-1.44M.img" "$work/a.img"
	freedos_disk "$work/c.img"
	local technique rom
	for rom in "" "-vgabios $vgabios"; do
		for technique in trap bare; do
			# shellcheck disable=SC2086
			run_script "floppy, $technique $rom" $'wait "A:\\>\\_" 60\ntype "dir\\n"\nwait "KERNEL   SYS"\nwait "A:\\>\\_"\nscreenshot '"$out/floppy-$technique${rom:+-own}.png"$'\nquit' \
				"${seabios[@]}" -debugcon "file:$work/seabios.log" -technique $technique $rom "$work/a.img"
			log_is "floppy-$technique" 'RamSize: 0x04000000 \[cmos\]' 'Using pmtimer' 'PS2 keyboard initialized' 'ATA controller 2 at 170' \
				'TANDEM DVD-ROM' '3: 0000000000100000 - 0000000003f[0-9a-f]*000 = 1 RAM'
		done
	done
	run_script "disk" $'wait "C:\\>\\_" 60\ntype "copy readme.txt new.txt\\n"\nwait "C:\\>\\_"\ntype "dir new.txt\\n"\nwait "NEW      TXT"\nwait "C:\\>\\_"\nquit' \
		"${seabios[@]}" -debugcon "file:$work/seabios.log" -m 512 -boot c -hda "$work/c.img"
	log_is disk 'RamSize: 0x20000000 \[cmos\]' 'PCHS=31/16/63' 'Booting from Hard Disk'
	grep -q "Booting from Floppy" "$work/seabios.log" && fail "-boot c: SeaBIOS tried the floppy first"
	check "the file is on the disk" mcopy -n -i "$work/c.img@@32256" ::new.txt "$work/new.txt"
	command -v xorriso > /dev/null && disc
}

disc() {
	. "$here/linux_disk.sh"
	guest=$work/none
	mkdir -p "$guest"
	: > "$guest/vmlinuz"
	: > "$guest/initrd.gz"
	isolinux_disc "$work/disc.iso"
	run_script "isolinux" $'wait "Read from the test disk" 60\nquit' "${seabios[@]}" -boot d -cdrom "$work/disc.iso"
}

linux() {
	. "$here/linux_disk.sh"
	linux_guest 686
	local options=("${seabios[@]}" -debugcon "file:$work/seabios.log" -vgabios $vgabios)
	grub_disk "$work/disk.img"
	boots_linux "seabios grub" "Linux of the test disk" "Linux of the test disk" "${options[@]}" -hda "$work/disk.img"
	matches "Linux has the disk" 'ata1.00: ATA-6: TANDEM HARDDISK' "$work/serial"
	log_is linux-grub 'Booting from Hard Disk' 'Copying ACPI RSDP' 'Copying MPTABLE'
	isolinux_disc "$work/disc.iso"
	boots_linux "seabios isolinux" "Read from the test disk" ISOLINUX "${options[@]}" -boot d -cdrom "$work/disc.iso"
	log_is linux-isolinux 'Booting from DVD/CD'
	boots_linux "seabios kernel" SeaBIOS "Linux version" "${options[@]}" -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" -append "$linux_line"
	log_is linux-kernel 'Running option rom at c'
}

$1
finish

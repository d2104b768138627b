#!/usr/bin/env bash
# Debian's 32-bit Linux as a guest: fetches the kernel and BusyBox, and makes an initial RAM disk of them.
#   guests/linux.sh [686|686-pae]      the last line of stdout is the folder with vmlinuz, initrd.gz and version
# The newest kernel of the host's Debian release is taken. Everything lies in build/guests (or $TANDEM_GUESTS) and can be deleted.
# Status: 0, 1 something is missing or broken, 2 nothing could be fetched (offline).
set -uo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
base=${TANDEM_GUESTS:-$root/build/guests}
flavour=${1:-686}
# What the RAM disk has besides what they depend on: disks, CD-ROM, file systems, floppy, mouse, network, screen, power button.
modules="ata_piix ata_generic sd_mod sr_mod ext4 vfat isofs nls_ascii nls_cp437 nls_iso8859-1 nls_utf8 crc32c_generic loop floppy
	psmouse evdev mousedev e1000 ne2k-pci bochs button pcspkr"

. "$root/guests/debian.sh"
die() { say "$2"; exit "$1"; }

case $flavour in 686|686-pae) ;; *) die 1 "$flavour: must be 686 or 686-pae" ;; esac
for tool in apt-get apt-cache dpkg-deb cpio gzip objcopy; do
	command -v $tool > /dev/null || die 1 "$tool is missing"
done
mkdir -p "$base" && cd "$base" || exit 1
exec 9> lock && flock 9 # tests may want the same at the same time

# ---- modules: what depmod would write, from the .modinfo sections

# info FILE.ko KEY: the values, one a line
info() { objcopy -O binary --only-section=.modinfo "$1" /dev/stdout | tr '\0' '\n' | sed -n "s/^$2=//p"; }

find_module() { find "$1" \( -name "$2.ko" -o -name "${2//_/-}.ko" -o -name "${2//-/_}.ko" \) -print -quit; }

# with_dependencies TREE MODULE: its files, those it depends on first
with_dependencies() {
	local file dep
	file=$(find_module "$1" "$2")
	[ -n "$file" ] || return 0 # built in
	for dep in $(info "$file" depends | tr , ' '); do with_dependencies "$1" "$dep"; done
	echo "$file"
}

# add_modules FROM TO: copies them flat, with modules.dep and modules.alias
add_modules() {
	local module file name alias
	mkdir -p "$2"
	for module in $modules; do
		local files=() deps=
		mapfile -t files < <(with_dependencies "$1" "$module" | awk '!seen[$0]++')
		for file in "${files[@]}"; do
			name=$(basename "$file")
			[ -f "$2/$name" ] || {
				cp "$file" "$2/$name"
				echo "$name:$deps" >> "$2/modules.dep"
				info "$file" alias | sed "s/.*/alias & $(basename "$name" .ko | tr - _)/" >> "$2/modules.alias"
			}
			deps=" $name$deps"
		done
	done
}

# ---- the RAM disk

make_initrd() { # TREE-OF-KERNEL TREE-OF-BUSYBOX VERSION OUT
	local r=$4.tree
	rm -rf "$r"
	mkdir -p "$r"/{bin,dev,proc,sys,tmp,mnt,etc,root} && cp "$2/bin/busybox" "$r/bin/" && cp -r "$root/guests/linux/." "$r/" || return
	ln -s bin "$r/sbin" # the kernel asks for /sbin/modprobe
	chmod 755 "$r/init" "$r/etc/rc" "$r/bin/busybox"
	add_modules "$1/lib/modules/$3" "$r/lib/modules/$3"
	find "$r" -exec touch -hd @1700000000 {} +
	(cd "$r" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --reproducible --quiet) | gzip -9n > "$4" || return
	rm -rf "$r"
}

make_guest() { # KERNEL-DEB BUSYBOX-DEB VERSION
	local t=$flavour.new
	rm -rf "$t" && mkdir "$t" || return
	say "unpacking, making the RAM disk"
	dpkg-deb -x "$1" "$t/k" && dpkg-deb -x "$2" "$t/b" && cp "$t/k/boot/vmlinuz-$3" "$t/vmlinuz" &&
		make_initrd "$t/k" "$t/b" "$3" "$t/initrd.gz" || return
	echo "$3" > "$t/version"
	recipe > "$t/recipe"
	rm -rf "$t/k" "$t/b" "$flavour" && mv "$t" "$flavour"
}

# A new script or init makes a new RAM disk.
recipe() { cat "$root/guests/linux.sh" "$root"/guests/linux/init "$root"/guests/linux/etc/* | cksum; }

# What is there is used, so that one can work offline; delete the folder for a newer kernel.
if [ ! -f "$flavour/initrd.gz" ] || [ "$(recipe)" != "$(cat "$flavour/recipe" 2> /dev/null)" ]; then
	kernel=$(ls -t debs/linux-image-*[0-9]-"$flavour"_*.deb 2> /dev/null | head -1)
	busybox=$(ls -t debs/busybox-static_*.deb 2> /dev/null | head -1)
	if [ -z "$kernel" ] || [ -z "$busybox" ]; then
		package=$(newest "linux-image-$flavour")
		[ -n "$package" ] || { update; package=$(newest "linux-image-$flavour"); }
		[ -n "$package" ] || die 2 "there is no linux-image-$flavour for i386 to be had"
		[ -n "$kernel" ] || kernel=$(fetch "$package") || { update && kernel=$(fetch "$package"); } || die 2 "$package could not be fetched"
		[ -n "$busybox" ] || busybox=$(fetch busybox-static) || die 2 "busybox-static could not be fetched"
	fi
	version=${kernel##*/linux-image-}
	make_guest "$kernel" "$busybox" "${version%%_*}" || die 1 "the guest could not be made"
fi
say "Linux $(cat "$flavour/version") is in $base/$flavour"
echo "$base/$flavour"

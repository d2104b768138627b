#!/bin/bash
# Debian's installer (text), fetched: its language menu on the VGA's text screen, which takes keys.
. "$(dirname "$0")/lib.sh"
need apt-get dpkg-deb
cache=${TANDEM_GUESTS:-$(dirname "$(dirname "$here")")/build/guests}/installer
package=debian-installer-12-netboot-i386
folder=./usr/lib/debian-installer/images/12/i386/text/debian-installer/i386

if [ ! -f "$cache/initrd.gz" ]; then
	mkdir -p "$cache"
	(cd "$cache" && timeout 200 apt-get -q download -o APT::Sandbox::User= $package) > "$work/log" 2>&1 || { tail -3 "$work/log"; skip "$package could not be fetched"; }
	dpkg-deb --fsys-tarfile "$cache/$package"_*.deb | tar x -C "$work" "$folder/linux" "$folder/initrd.gz" || exit 1
	rm "$cache/$package"_*.deb
	mv "$work/$folder/linux" "$work/$folder/initrd.gz" "$cache"
fi

# nomodeset and fb=false keep the screen a text screen; it wants 273 MB
cat > "$work/script" <<-S
	wait "Select a language" 400
	wait "English" 20
	screenshot $out/menu.png
	key down
	key down
	sleep 2
	screenshot $out/down.png
	key up
	key up
	sleep 1
	key ret
	wait "Select your location" 60
	sleep 2
	screenshot $out/next.png
	quit
S
timeout -k 5 900 "$TANDEM" -display none -icount -m 512 -no-reboot -kernel "$cache/linux" -initrd "$cache/initrd.gz" \
	-append "vga=normal fb=false nomodeset cryptomgr.notests" -script "$work/script" < /dev/null > "$work/stdout" 2>&1
same "status" 0 $?
sed 's/^/    | /' "$work/stdout" | head -40
check "the selection moves" test -f "$out/down.png"
cmp -s "$out/menu.png" "$out/down.png" && fail "the menu did not take the keys"
finish

#!/bin/bash
# Debian's Linux, unmodified (guests/linux.sh fetches it; offline the test is skipped).
#   linux.sh boot FLAVOUR   to user space with the drivers of what is there; poweroff ends with status 0
#   linux.sh work FLAVOUR   programs and file systems at work, their results against the host's; file systems checked on the host
#   linux.sh same FLAVOUR   the state under trap and bare is the same, second for second
. "$(dirname "$0")/lib.sh"
what=$1 flavour=$2
need apt-get cpio gzip objcopy
export TANDEM_GUESTS=${TANDEM_GUESTS:-$(dirname "$(dirname "$here")")/build/guests}
guest=$("$here/../../guests/linux.sh" "$flavour" 2> "$work/fetch.err" | tail -1)
[ -d "$guest" ] || { tail -3 "$work/fetch.err"; skip "no Linux guest to be had"; }

# with_autorun FILE: $work/initrd, the RAM disk with a script for the guest (archives may follow each other)
with_autorun() {
	mkdir -p "$work/extra/etc"
	cp "$1" "$work/extra/etc/autorun"
	(cd "$work/extra" && find . | cpio -o -H newc -R 0:0 --quiet | gzip) > "$work/extra.gz"
	cat "$guest/initrd.gz" "$work/extra.gz" > "$work/initrd"
}

# linux LIMIT LOG ARGUMENTS...: a run of at most LIMIT seconds; status in $status, what came from the serial port in LOG. The
# kernel's tests of its own ciphers take half of its time, and are left out.
linux() {
	local limit=$1 log=$2
	shift 2
	timeout -k 5 "$limit" "$TANDEM" -display none -icount -no-reboot -m 256 -serial "file:$log" -kernel "$guest/vmlinuz" -initrd "$work/initrd" \
		"$@" < /dev/null > "$work/stdout" 2> "$work/stderr"
	status=$?
	tr -d '\r' < "$log" > "$out/$flavour-$(basename "$log")"
	log=$out/$flavour-$(basename "$log")
}
cmdline='console=ttyS0 cryptomgr.notests'

# kernel_calm LOG: nothing in it that the kernel complains about
kernel_calm() {
	grep -E 'BUG:|Oops|Call Trace|WARNING:|panic|hung|soft lockup|nobody cared|lost interrupt|I/O error|spurious' "$1" &&
		fail "$1: the kernel complains"
}

# has WHAT PATTERN: a RESULT line of the guest
has() {
	grep -E '^RESULT|reboot: ' "$log" > "$work/results"
	matches "$1" "$2" "$work/results"
}

boot() {
	cat > "$work/autorun" <<-'E'
		dmesg -n 1
		echo "RESULT release $(uname -r)"
		for m in ata_piix psmouse bochs sr_mod floppy; do lsmod | grep -q "^$m " && echo "RESULT module $m"; done
		for d in ttyS0 rtc0 sr0 fd0 fb0 input/mice; do [ -e /dev/$d ] && echo "RESULT device $d"; done
		echo "RESULT clock $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
		sleep 3 # the UART has to send what it has
		poweroff -f
	E
	with_autorun "$work/autorun"
	linux 400 "$work/off.log" -append "$cmdline"
	same "poweroff: status" 0 $status
	log=$out/$flavour-off.log
	has "release" "^RESULT release [0-9.]+-[0-9]+-$flavour$"
	for m in ata_piix psmouse bochs sr_mod floppy; do has "module" "^RESULT module $m$"; done
	for d in ttyS0 rtc0 sr0 fd0 fb0 input/mice; do has "device" "^RESULT device $d$"; done
	has "clock" "^RESULT clock tsc$"
	matches "ACPI" "ACPI: Interpreter enabled" "$log"
	matches "off" "reboot: Power down" "$log"
	kernel_calm "$log"
}

work() {
	need mkfs.ext4 mkfs.vfat fsck.ext4 debugfs mcopy
	truncate -s 160M "$work/ext4.img" "$work/vfat.img"
	mkfs.ext4 -q -F "$work/ext4.img" && mkfs.vfat -F 32 "$work/vfat.img" > /dev/null || exit 1
	cat > "$work/autorun" <<-'E'
		dmesg -n 1
		result() { echo "RESULT $*"; }
		result sha256 $(dd if=/dev/zero bs=1M count=64 2> /dev/null | sha256sum | cut -c1-64)
		seq 1 200000 > /tmp/n
		result gzip $(gzip -9 < /tmp/n | gunzip | md5sum | cut -c1-32)
		result tar $(tar cf - /lib | tar tf - | grep -c ko$) $(find /lib -name '*.ko' | wc -l)
		result awk $(awk '{ s += $1 * ($1 % 7); n[$1 % 1000]++ } END { printf "%.0f %d\n", s, n[999] }' /tmp/n)
		i=0; while [ $i -lt 1000 ]; do /bin/true && i=$((i+1)); done
		result forks $i
		result pipe $(yes pipe | head -c 10000000 | cat | cat | md5sum | cut -c1-32)
		for i in 1 2 3 4 5 6; do cat /tmp/n /tmp/n /tmp/n /tmp/n /tmp/n /tmp/n /tmp/n /tmp/n; done > /tmp/big
		for fs in ext4:sda vfat:sdb; do
			mount -t ${fs%:*} /dev/${fs#*:} /mnt || result mount failed
			cp /tmp/big /mnt/big
			mkdir /mnt/many
			i=0; while [ $i -lt 200 ]; do echo $i > /mnt/many/$i; i=$((i+1)); done
			rm /mnt/many/1?
			umount /mnt
			echo 3 > /proc/sys/vm/drop_caches
			mount -t ${fs%:*} /dev/${fs#*:} /mnt
			result ${fs%:*} $(md5sum < /mnt/big | cut -c1-32) $(ls /mnt/many | wc -l)
			umount /mnt
		done
		sleep 3
		poweroff -f
	E
	with_autorun "$work/autorun"
	linux 1500 "$work/work.log" -append "$cmdline" -hda "$work/ext4.img" -hdb "$work/vfat.img"
	same "status" 0 $status
	log=$out/$flavour-work.log
	seq 1 200000 > "$work/n"
	for _ in $(seq 48); do cat "$work/n"; done > "$work/big"
	big=$(md5sum < "$work/big" | cut -c1-32)
	has "sha256sum" "^RESULT sha256 $(head -c 64M /dev/zero | sha256sum | cut -c1-64)$"
	has "gzip" "^RESULT gzip $(md5sum < "$work/n" | cut -c1-32)$"
	has "tar, find" '^RESULT tar ([0-9]+) \1$'
	has "awk" "^RESULT awk $(awk '{ s += $1 * ($1 % 7); n[$1 % 1000]++ } END { printf "%.0f %d\n", s, n[999] }' "$work/n")$"
	has "fork and exec" '^RESULT forks 1000$'
	has "pipes" "^RESULT pipe $(yes pipe | head -c 10000000 | md5sum | cut -c1-32)$"
	has "ext4" "^RESULT ext4 $big 190$"
	has "vfat" "^RESULT vfat $big 190$"
	kernel_calm "$log"
	# on the host: clean, and what was written is there
	check "fsck.ext4" fsck.ext4 -f -n "$work/ext4.img" > "$work/fsck" 2>&1
	check "fsck.vfat" fsck.vfat -n "$work/vfat.img" > "$work/fsck" 2>&1
	debugfs -R "dump /big $work/got" "$work/ext4.img" 2> /dev/null
	check "ext4: big on the host" cmp "$work/big" "$work/got"
	mcopy -n -i "$work/vfat.img" ::big "$work/got.vfat"
	check "vfat: big on the host" cmp "$work/big" "$work/got.vfat"
}

# The hash at each virtual second but the first ones, of a boot that goes on with a bit of work.
same_state() {
	printf 'dmesg -n 1\nseq 1 20000 | gzip -9 | md5sum\ni=0; while [ $i -lt 100 ]; do /bin/true; i=$((i+1)); done\npoweroff -f\n' > "$work/autorun"
	with_autorun "$work/autorun"
	for _ in $(seq 12); do printf 'sleep 5\nhash\n'; done > "$work/script"
	echo quit >> "$work/script"
	for technique in trap bare; do
		linux 900 "$work/$technique.log" -append "$cmdline" -technique $technique -script "$work/script"
		same "$technique: status" 0 $status
		cp "$work/stdout" "$work/$technique.hashes"
	done
	same "hashes" 12 "$(grep -c . "$work/trap.hashes")"
	check "trap and bare: the same state" cmp "$work/trap.hashes" "$work/bare.hashes"
}

case $what in
boot) boot ;;
work) work ;;
same) same_state ;;
esac
finish

#!/bin/bash
# The local APIC, the I/O APIC and the HPET, seen by boot sectors (apic.S).
. "$(dirname "$0")/lib.sh"

apic() { # CASE DEFINES OPTIONS... -> $status, $said
	local case=$1 defines=$2
	shift 2
	# shellcheck disable=SC2086 # a list of words
	boot_sector "$here/apic.S" "$work/boot.img" -DCASE="$case" $defines
	rm -f "$work/debugcon"
	tandem 30 -fda "$work/boot.img" -debugcon "file:$work/debugcon" -device isa-debug-exit,iobase=0xf4 "$@" > "$work/stdout" 2> "$work/stderr"
	status=$?
	said=$(grep -a '^:' "$work/debugcon" | tr '\n' ' ')
	cp "$work/debugcon" "$out/debugcon-$case"
}

for technique in trap bare; do
	for cpu in atom pentium 486 atom,-apic; do
		apic 1 "" -technique $technique -cpu $cpu
		same "$technique, $cpu, after INIT: status" 11 "$status"
		same "$technique, $cpu, after INIT" ":t " "$said"
	done
	apic 2 "" -technique $technique
	same "$technique, sources: status" 11 "$status"
	same "$technique, sources" ":plih " "$said"
	apic 2 -DDEADLINE -technique $technique -cpu max
	same "$technique, max, sources: status" 11 "$status"
	same "$technique, max, sources" ":plidh " "$said"
	apic 3 "" -technique $technique
	same "$technique, APIC base: status" 11 "$status"
	same "$technique, APIC base" ":10t1m " "$said"
done
finish

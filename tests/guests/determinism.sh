#!/bin/bash
# The event rule: what a guest sees depends on the guest and its inputs only. The hashes of the whole state at checkpoints of a
# FreeDOS session with typed keys, and of the tour, are the same for every block length, technique, log and display.
. "$(dirname "$0")/lib.sh"
need_guests
floppy=$work/a.img
cp "$guests/freedos-boot-720K.img" "$floppy"
dos_program "$here/files.S" "$work/files.com"
command -v mcopy > /dev/null && mcopy -i "$floppy" "$work/files.com" ::

dos='
sleep 0.02
hash
sleep 0.5
hash
wait "A:\>\_" 60
hash
type "ver\n"
wait "FreeCom"
hash
wait "A:\>\_"
type "files\n"
wait "A:\>\_"
hash
type "echo on the floppy> x.txt\n"
wait "A:\>\_"
hash
sleep 0.3
hash
quit'
boot='
sleep 0.02
hash
wait "A:\>\_" 60
hash
type "ver\n"
wait "FreeCom"
wait "A:\>\_"
hash
quit'
tour='
wait "Restart the machine" 20
key a
'
for n in 1 2 3 4 5 6 7 8 9; do
	tour+='sleep 0.5
hash
key space
'
done
tour+='quit'

hashes() { # SCRIPT IMAGE OPTIONS... -> $work/hashes
	local script=$1 image=$2
	shift 2
	printf '%s\n' "$script" > "$work/script"
	tandem 150 -snapshot -script "$work/script" ${image:+-fda "$image"} "$@" > "$work/stdout" 2> "$work/stderr" || {
		fail "$*: status $?"
		head -40 "$work/stderr"
	}
	grep -E '^[0-9a-f]{16}$' "$work/stdout" > "$work/hashes"
}

compare() { # NAME SCRIPT IMAGE OPTIONS...
	local name=$1
	shift
	hashes "$@"
	shift 2
	diff "$work/$name" "$work/hashes" > "$work/diff" || { fail "$name with $*: other states"; cat "$work/diff"; }
}

hashes "$dos" "$floppy"
cp "$work/hashes" "$work/dos"
same "checkpoints of dos" 7 "$(sort -u "$work/dos" | wc -l)"
hashes "$boot" "$floppy"
cp "$work/hashes" "$work/boot"
hashes "$tour" ""
cp "$work/hashes" "$work/tour"
same "checkpoints of the tour" 9 "$(sort -u "$work/tour" | wc -l)"

case ${1-all} in
blocks)
	for block in 1 2 7; do
		compare dos "$dos" "$floppy" -block $block
		compare tour "$tour" "" -block $block
		compare tour "$tour" "" -block $block -technique bare
	done
	compare dos "$dos" "$floppy" -technique bare -block 7
	;;
translator)
	for runs in off 0 1 100; do
		compare dos "$dos" "$floppy" -translate $runs
		compare tour "$tour" "" -translate $runs
	done
	compare dos "$dos" "$floppy" -translate 0 -block 7
	compare tour "$tour" "" -translate 0 -technique bare
	;;
logs)
	compare dos "$dos" "$floppy" # simply again
	compare dos "$dos" "$floppy" -technique bare
	compare tour "$tour" "" -technique bare
	compare boot "$boot" "$floppy" -d int,exits,io -D "$work/log"
	same "the log has interrupts" 1 $(($(head -c 10000000 "$work/log" | wc -l) > 1000))
	rm -f "$work/log"
	compare tour "$tour" "" -d in_asm,int,exits,io -D "$work/log"
	rm -f "$work/log"
	compare tour "$tour" "" -d cpu,exec -dfilter 0x1000..0x11fff -D /dev/null
	compare tour "$tour" "" -verify mmu -stats
	compare boot "$boot" "$floppy" -d in_asm -dfilter 0x7c00..0x7dff -D "$work/log"
	matches "the boot sector is in the log" '7c00.*jmp' "$work/log"
	;;
*)
	echo "determinism.sh blocks|translator|logs"
	exit 1
	;;
esac
finish

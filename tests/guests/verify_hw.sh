#!/bin/bash
# -verify hw over the whole tour and a whole FreeDOS session: every exit is tried on the compressed processor first, privileged
# instructions fault there and critical ones do not (docs/virtualization.md 2); and the states are those of a run without.
. "$(dirname "$0")/lib.sh"

both() { # NAME SCRIPT OPTIONS...
	local name=$1 script=$2
	shift 2
	run_script "$name" "$script" "$@" || return
	cp "$work/stdout" "$work/plain"
	run_script "$name, verified" "$script" -verify hw -stats "$@" || return
	same "$name: the states" "$(cat "$work/plain")" "$(grep -E '^[0-9a-f]{16}$' "$work/stdout")"
	matches "$name: exits were tried" '^hw verified: [1-9][0-9]{3,} exits as expected' "$work/stdout"
}

tour='wait "Restart the machine" 20
key a
'
for _ in 1 2 3 4 5 6 7 8 9; do
	tour+='sleep 1
hash
key space
'
done
both tour "$tour"'hash
quit'
if [ -f "$guests/freedos-boot-1.44M.img" ]; then
	cp "$guests/freedos-boot-1.44M.img" "$work/a.img"
	both FreeDOS 'wait "A:\>\_" 60
type "dir\n"
wait "bytes free"
wait "A:\>\_"
hash
quit' -snapshot -fda "$work/a.img"
fi
finish

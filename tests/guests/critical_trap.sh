#!/bin/bash
# The imaginary virtualizable x86, -cpu ...,critical=trap: on it a monitor that gets only traps is right. FreeDOS comes to its
# prompt under classic, and FreeDOS and the tour have the same screens and states under classic as under bare; on the real
# processor the tour has not. What cannot be meant is refused in one line.
. "$(dirname "$0")/lib.sh"

tour='wait "Restart the machine" 20
key a
'
for n in 1 2 3 4 5 6 7 8 9; do
	tour+="sleep 1
screenshot OUT/stop-$n.png
hash
key space
"
done
tour+='sleep 1
hash
quit'

for technique in bare trap classic; do
	mkdir -p "$out/$technique"
	run_script "$technique" "${tour//OUT/$out/$technique}" -technique $technique -cpu pentium3,critical=trap
	cp "$work/stdout" "$work/hashes-$technique"
done
same "hashes" 10 "$(sort -u "$work/hashes-bare" | wc -l)"
for technique in trap classic; do
	check "the tour's states under $technique are bare's" cmp "$work/hashes-bare" "$work/hashes-$technique"
	for n in 1 2 3 4 5 6 7 8 9; do
		check "bare and $technique show the same stop $n" cmp "$out/bare/stop-$n.png" "$out/$technique/stop-$n.png"
	done
done

# One instruction is not enough, and without the option it is not so.
for cpu in pentium3 pentium3,critical=trap:POPF; do
	run_script "classic on $cpu" "${tour//OUT/$work}" -technique classic -cpu "$cpu"
	cmp -s "$work/stdout" "$work/hashes-bare" && fail "classic on $cpu is bare on the imaginary processor"
	cp "$work/stdout" "$work/hashes-plain"
	run_script "bare on $cpu" "${tour//OUT/$work}" -technique bare -cpu "$cpu"
	cmp -s "$work/stdout" "$work/hashes-plain" && fail "classic on $cpu is bare on it"
done

if [ -f "$guests/freedos-boot-1.44M.img" ]; then
	cp "$guests/freedos-boot-1.44M.img" "$work/a.img"
	for technique in bare classic; do
		run_script "FreeDOS, $technique" 'wait "A:\>\_" 60
type "ver\n"
wait "FreeCom"
wait "A:\>\_"
screenshot '"$out/freedos-$technique.png"'
hash
quit' -technique $technique -cpu max,critical=trap -snapshot -fda "$work/a.img"
		cp "$work/stdout" "$work/dos-$technique"
	done
	check "FreeDOS has the same state under classic" cmp "$work/dos-bare" "$work/dos-classic"
	check "FreeDOS shows the same under classic" cmp "$out/freedos-bare.png" "$out/freedos-classic.png"
fi

for cpu in critical=trap max,critical max,critical=no max,critical=trapped max,critical=trap: max,critical=trap:ADD max,critical=trap:POPF,ADD \
	max,critical=trap:POPF,,PUSHF max,critical=trap:POPF,+nothing; do
	for command in "" classify; do
		timeout 10 "$TANDEM" $command -cpu "$cpu" > /dev/null 2> "$work/stderr" < /dev/null
		same "$command -cpu $cpu: status" 1 $?
		same "$command -cpu $cpu: lines" 1 "$(wc -l < "$work/stderr")"
	done
done
"$TANDEM" classify -cpu max,critical=trap > "$work/report"
matches "theorem 1" 'Theorem 1 HOLDS' "$work/report"
matches "the processor is named" 'cpu max,critical=trap' "$work/report"
finish

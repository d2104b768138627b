#!/bin/bash
# Reports of a FreeDOS session and of the tour under trap and bare: the formats and -stats give the same numbers, a report does
# not change what the guest does, and names come from a map. compare: trap equals bare, classic does not.
. "$(dirname "$0")/lib.sh"

dos='
wait "A:\>\_" 60
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
key space
'
done
tour+='hash
quit'

# Lines "key value" of what must agree, from each format; sorted. Names have semicolons for their commas ("MOV CRn; r32").
from_csv() {
	tr -d '\r"' < "$1" | sed 's/, /; /g' | awk -F, '
		$1 == "summary" && ($2 == "instructions" || $2 == "true_faults" || $2 == "hidden_faults" || $2 == "trace_faults") { print $2, $3 }
		$1 == "classes" && $2 != "class" { print "class", $2, $9 }
		$1 == "reasons" && $2 != "reason" && $9 { print "reason", $2, $9 }
		$1 == "exits_by_instruction" && $2 != "instruction" { print "exit", $2, $(NF - 1) }
		$1 == "direct_by_instruction" && $2 != "instruction" { print "direct", $2, $(NF - 1) }' | sort
}

from_json() {
	python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
for k in "instructions", "true_faults", "hidden_faults", "trace_faults": print(k, r["summary"][k])
for t in r["tables"]["classes"]: print("class", t["class"], t["total"])
for t in r["tables"]["reasons"]:
    if t["total"]: print("reason", t["reason"], t["total"])
for t in r["tables"]["exits_by_instruction"]: print("exit", t["instruction"].replace(",", ";"), t["total"])
for t in r["tables"]["direct_by_instruction"]: print("direct", t["instruction"].replace(",", ";"), t["total"])
for n, flow in r["flows"].items(): assert len(flow["steps"]) >= 3, n
assert len(r["flows"]) == 3, "three flows"
' "$1" | sort
}

from_text() { # columns: name [class] modes... total [more]; names have no two spaces in a row
	awk '
		/^instructions  / { print "instructions", $NF }
		/^page faults: (true|hidden|trace)/ { sub(":", "", $3); print $3 "_faults", $NF }
		/^Instructions by class/ { table = "class" } /by reason/ { table = "reason" }
		/^Exits by instruction/ { table = "exit" } /^Instructions with system traits/ { table = "direct" }
		/^Where / { table = "" }
		table && /  / && !/^(class|reason|instruction) / || /^instruction  .*[0-9]$/ && table == "reason" {
			line = $0
			gsub(/, /, "; ", line)
			n = split(line, f, /  +/)
			total = table == "class" || table == "reason" ? f[n - 1] : f[n]
			if (total ~ /^[0-9]+$/ && (table == "class" || total > 0)) print table, f[1], total
		}' "$1" | sort
}

from_stats() {
	awk '
		/^technique/ { print "instructions", $3 }
		/^shadow MMU/ { print "true_faults", $3; print "hidden_faults", $6; print "trace_faults", $9 }
		/^[a-zA-Z]/ { table = /^instructions by class/ ? "class" : /by reason/ ? "reason" : /^exits by/ ? "exit" : /^run directly/ ? "direct" : "" }
		table && /^  / {
			name = $0
			sub(/^  /, "", name)
			sub(/  .*/, "", name)
			gsub(/, /, "; ", name)
			print table, name, $NF
		}' "$1" | sort
}

agree() { # WHAT FILE
	diff "$work/csv" "$2" > "$work/diff" && return
	fail "$name: $1 and csv do not agree"
	head -20 "$work/diff"
}

reports() { # NAME SCRIPT OPTIONS...
	local script=$2 format
	name=$1
	shift 2
	run_script "$name without a report" "$script" "$@" -snapshot || return
	cp "$work/stdout" "$work/plain"
	for format in csv txt json html; do
		run_script "$name" "$script" "$@" -snapshot -stats -report "$out/$name.$format" || return
		same "$name.$format: the guest's state" "$(head -1 "$work/plain")" "$(head -1 "$work/stdout")"
		cp "$work/stdout" "$work/stats.$format"
	done
	from_csv "$out/$name.csv" > "$work/csv"
	same "$name: there are numbers" 1 $(($(wc -l < "$work/csv") > 15))
	from_text "$out/$name.txt" > "$work/txt"
	agree txt "$work/txt"
	from_stats "$work/stats.csv" > "$work/stats"
	agree -stats "$work/stats"
	if command -v python3 > /dev/null; then
		from_json "$out/$name.json" > "$work/json"
		agree json "$work/json"
	fi
	matches "$name.html" '</html>' "$out/$name.html"
	while read -r _ _ count; do
		grep -q "data-v=\"$count\"" "$out/$name.html" || fail "$name.html lacks $count"
	done < <(grep '^class' "$work/csv")
}

for technique in trap bare classic; do
	reports "tour-$technique" "$tour" -technique $technique
	# accesses to devices' memory by place: the 500 most frequent places hold nearly all
	share=$(tr -d '\r' < "$out/tour-$technique.csv" | awk -F, '
		$1 == "reasons" && $2 == "memory-mapped I/O" { all = $9 }
		$1 == "sites" && $5 ~ /^memory-mapped/ { n += $8 }
		END { print (all > 0 && n <= all && n >= 0.95 * all) }')
	same "tour-$technique: places of memory-mapped I/O" 1 "$share"
done
matches "classic: the first difference" '^The first difference: PUSHF at .* [0-9]+ critical' "$out/tour-classic.txt"
matches "classic: both states" '^memory [0-9a-f]+ +0*6 +0*206 *$' "$out/tour-classic.txt"
matches "classic: what ran directly" '^PUSHF +pushed hw' "$out/tour-classic.txt"
matches "classic: whose rings" 'hw ring 1 .guest 0/1.' "$out/tour-classic.txt"
printf 'sleep 1\nquit\n' > "$work/second"
timeout 20 "$TANDEM" -display none -technique classic -script "$work/second" -report "$work/paced.txt" < /dev/null > /dev/null || fail "paced: status $?"
timeout 20 "$TANDEM" -icount -display none -technique classic -script "$work/second" -report "$work/halted.txt" < /dev/null > /dev/null ||
	fail "where the guest then halts for good: status $?"
matches "without -icount: what ran directly" "critical instruction(s)? ran directly" "$work/paced.txt"
matches "the tour's call comes from ring 3" 'A system call: INT 30h from ring 3' "$out/tour-trap.txt"
matches "the tour's interrupt comes in ring 3" 'A hardware interrupt: IRQ 0 .timer. in ring 3' "$out/tour-trap.txt"
matches "ring 0 runs in ring 1" 'guest ring 0, hw ring 1' "$out/tour-trap.txt"
matches "under bare it runs in ring 0" 'guest ring 0, hw ring 0' "$out/tour-bare.txt"

# Names: a map of one address that exits.
site=$(tr -d '\r' < "$out/tour-trap.csv" | awk -F, '$1 == "critical_sites" && $2 != "linear" { print $2; exit }')
printf '%08x T handler_of_the_test\n' $((0x$site - 0x10002)) > "$work/System.map"
run_script "a map with a base" "$tour" -report "$work/named.csv" -symbols "$work/System.map@0x10000"
matches "the name of a critical site" "^critical_sites,$site,.*,handler_of_the_test.2," "$work/named.csv"

# compare
printf '%s\n' "$tour" > "$work/script"
timeout 50 "$TANDEM" compare --techniques bare,trap,classic -icount shift=6 -script "$work/script" > "$work/compare" 2> "$work/stderr" ||
	fail "compare: status $?"
matches "trap equals bare, classic does not" '^state, against the first +- +equal +different' "$work/compare"
matches "the first difference" '^classic +[0-9]+ .*pushf.* memory [0-9a-f]+: bare 0*6, classic 0*206' "$work/compare"
matches "and its sentence" '^The first difference: PUSHF at' "$work/compare"
timeout 50 "$TANDEM" compare -lockstep -icount shift=6 -script "$work/script" > "$work/lockstep" 2> "$work/stderr" || fail "lockstep: status $?"
matches "the lock step names the first PUSHF" '^PUSHF at [0-9A-F]{4}:[0-9A-F]+ pushed the processor' "$work/lockstep"
matches "both values on the stack" '^memory [0-9a-f]+: bare [0-9a-f]+, classic [0-9a-f]+' "$work/lockstep"
timeout 50 "$TANDEM" compare -lockstep -icount shift=6 -cpu pentium3,critical=trap -script "$work/script" -seconds 5 > "$work/lockstep" 2>&1
matches "with critical=trap there is none" '^bare and classic were equal' "$work/lockstep"
for option in "-techniques trap,nothing" "-techniques trap,trap" "-format odd" "-seconds 0" "-o x.odd" "-o"; do
	# shellcheck disable=SC2086 # two words
	"$TANDEM" compare $option > /dev/null 2> "$work/stderr"
	same "compare $option: status" 1 $?
	same "compare $option: lines" 1 "$(wc -l < "$work/stderr")"
done

if [ -f "$guests/freedos-boot-1.44M.img" ]; then
	cp "$guests/freedos-boot-1.44M.img" "$work/a.img"
	for technique in trap bare; do
		reports "freedos-$technique" "$dos" -technique $technique -fda "$work/a.img"
	done
	matches "a DOS call" 'A system call: INT 21h, function' "$out/freedos-trap.txt"
fi
finish

#!/bin/sh
# mutant.sh PROGRAM CONFIGURATION OPERATIONS - the report of a broken core differs from tandem's in all forms of the
# named operations (column 5 of the CSV) and in no other.
program=$1 configuration=$2 expected=$(echo "$3" | tr ' ' '\n' | sort)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
"$TANDEM" classify -K "$configuration" --format csv -o "$work/sound" || exit 1
"$program" -K "$configuration" --format csv -o "$work/broken" || exit 1
# operation of each form; commas inside quotes (operands) are in column 4, so fields are cut at `","`
operation() { awk -F '","' '{ print $5 }' "$1"; }
diff "$work/sound" "$work/broken" | sed -n 's/^< //p' > "$work/changed"
found=$(operation "$work/changed" | sort -u)
if [ "$found" != "$expected" ]; then
	echo "changed: $found"
	echo "expected: $expected"
	exit 1
fi
all=$(operation "$work/sound" | grep -cxF "$expected")
changed=$(wc -l < "$work/changed")
echo "$changed of $all forms of" $expected "changed, and no other"
[ "$all" = "$changed" ]

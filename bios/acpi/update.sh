#!/bin/sh
# Compile dsdt.asl with iasl (Debian: acpica-tools) and write its bytes as dsdt.inc for the assembler.
#   update.sh            rewrite dsdt.inc
#   update.sh --check    only compare; 77 without iasl. The compiler's version in the header may differ.
# Warning 3168: Processor() is what operating systems of ACPI 1.0 know. Remark 2173: a buffer in a method.
here=$(cd "$(dirname "$0")" && pwd) || exit 1
for tool in gcc iasl; do command -v $tool > /dev/null || { echo "skipped: no $tool"; exit 77; }; done
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
gcc -E -P -x c "$here/dsdt.asl" -o "$dir/dsdt.asl" && (cd "$dir" && iasl -vw 3168 -vw 2173 -p dsdt dsdt.asl) > "$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
grep -q "0 Errors, 0 Warnings" "$dir/log" || { cat "$dir/log"; exit 1; }
{
	echo "/* Made by update.sh from dsdt.asl. */"
	od -An -v -tx1 -w16 "$dir/dsdt.aml" | sed 's/ \([0-9a-f]*\)/, 0x\1/g; s/^, /\t.byte /'
} > "$dir/dsdt.inc"
# What counts begins behind the header: sixteen bytes a line, the header is 36.
body() { tr -d ' \t,' < "$1" | sed -n 's/^.byte0x//p' | sed 's/0x//g' | tr -d '\n' | cut -c 73-; }
if [ "$1" = --check ]; then
	[ "$(body "$dir/dsdt.inc")" = "$(body "$here/dsdt.inc")" ] || { echo "dsdt.inc is not what iasl makes of dsdt.asl"; exit 1; }
	echo "dsdt.inc is what iasl makes of dsdt.asl"
else
	cp "$dir/dsdt.inc" "$here/dsdt.inc"
fi

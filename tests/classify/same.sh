#!/bin/sh
# same.sh PROGRAM - its reports are those of tandem classify, byte for byte, in every format.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

same() { # FORMAT CONFIGURATION
	"$TANDEM" classify -K "$2" --format "$1" -o "$work/one" || exit 1
	"$program" -K "$2" --format "$1" -o "$work/other" || exit 1
	cmp "$work/one" "$work/other" || exit 1
	echo "$2, $1: $(wc -c < "$work/one") bytes, the same"
}

program=$1
for format in text json csv html; do
	same $format protected
done
same csv v86-iopl0
same csv real-deprivileged

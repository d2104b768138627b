#!/bin/sh
# layers.sh SOURCE_DIR - includes go only downward: see layers.txt.
cd "$1" || exit 1
files=$(find ./* \( -name 'build*' -o -name '.*' \) -prune -o \
	\( -name '*.c' -o -name '*.h' -o -name '*.S' -o -name '*.def' -o -name '*.inc' \) -print | sed 's|^\./||')
# shellcheck disable=SC2086 # a list of words
exec awk -f tests/layers/layers.awk tests/layers/layers.txt $files

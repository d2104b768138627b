#!/bin/sh
# reasons.sh SOURCE_DIR - every place that raises an exception gives a reason in words and the manual's section, and none builds a
# struct fault by hand.
cd "$1" || exit 1
# shellcheck disable=SC2046 # a list of words
exec awk -f tests/layers/reasons.awk $(find cpu mmu vmm classify -name '*.[ch]' | sort)

# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every allocation fails once. For kernels with fault injection.
if [ -e /sys/kernel/debug/failslab ]; then
	for fault in failslab fail_page_alloc; do
		echo N > /sys/kernel/debug/$fault/ignore-gfp-wait
	done
	echo N > /sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
	echo 0 > /sys/kernel/debug/fail_page_alloc/min-order
	for file in /sys/kernel/debug/fail*/verbose; do
		echo 0 > "$file"
	done
fi
run ./test_faults

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
	# Not the kernel's own allocation for a key of its own that a module uses, here
	# bpf_prog_run()'s: without memory it warns, and the lab ends at a warning.
	awk '/ jump_label_module_notify$/ { print start = $1; next }
		start && $1 != start { print $1; exit }' /proc/kallsyms > /tmp/unfailing
	{ read -r start && read -r end; } < /tmp/unfailing || exit 2
	for fault in failslab fail_page_alloc; do
		echo "0x$start" > /sys/kernel/debug/$fault/reject-start
		echo "0x$end" > /sys/kernel/debug/$fault/reject-end
	done
fi
run ./test_faults

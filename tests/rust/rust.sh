# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The Rust crate with the module: a VMM that uses it, without and with hcbpf, and every
# call of it.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/rust/libtest.sh
. ./libtest.sh

served() { echo "1000 sends, 1000 arrived, $1 exits"; }

vmm_without_hcbpf() {
	is "a VMM without the module serves its sends" \
		"$(/lab/rust/mini-vmm 2> /tmp/err)" "$(served 1000)"
	ok "and says that it runs without" grep "runs without hcbpf: No such device" /tmp/err
	load_module
	is "with no policy loaded, too" "$(/lab/rust/mini-vmm 2> /tmp/err)" "$(served 1000)"
	ok "and says so" grep "runs without hcbpf: No such file" /tmp/err
	chmod 600 /dev/hcbpf
	is "to a user who may not open the device as well" \
		"$(as-user vmm1 /lab/rust/mini-vmm 2> /tmp/err)" "$(served 1000)"
	ok "with that reason" grep "runs without hcbpf: Permission denied" /tmp/err
	chmod 660 /dev/hcbpf
}

# Its guest is one for x86. The units have been run where they were built.
if [ "$(uname -m)" = x86_64 ]; then
	vmm_without_hcbpf
else
	libtest /lab/rust/units
	load_module
fi
hcbpf load > /dev/null
[ "$(uname -m)" != x86_64 ] ||
	is "with a policy the kernel serves all of them" \
		"$(as-user vmm1 /lab/rust/mini-vmm)" "$(served 0)"
libtest /lab/rust/binding --ignored --test-threads=1
hcbpf unload standard > /dev/null
run done_testing

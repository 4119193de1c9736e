# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel that lacks what the module needs: one line says what, and nothing is left, nor
# was there a device that somebody could have opened.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

# Not the shell's own, which tries a second time when loading fails.
insmod=/usr/local/bin/insmod

said() { dmesg | grep -c 'hcbpf: .*'"$1"; }
lines() { dmesg | grep 'hcbpf: ' | grep -cv -e 'taints kernel' -e 'tainting kernel'; }
loaded() { [ -e /sys/module/hcbpf ] || [ -e /dev/hcbpf ]; }

# refused VARIANT LINE [PARAMETER]
refused() {
	before=$(lines)
	# shellcheck disable=SC2086 # a parameter or none
	is "$1: loading fails, before there is a device" \
		"$(appears hcbpf $insmod "/lab/v/$1.ko" ${3:-} 2> /dev/null)" "failed without"
	is "$1: one line is logged" $(($(lines) - before)) 1
	is "$1: it names the cause" "$(said "$2")" 1
	not "$1: nothing of the module is left" loaded
}

if [ "$(uname -m)" = x86_64 ]; then
	refused no-level 'this kernel has no __SCT__kvm_x86_get_gone'
	refused no-reset 'this kernel has no kvm_vcpu_gone'
	refused other-prototype \
		'this kernel.s kvm_skip_emulated_instruction is int(struct kvm_vcpu\*), not int(struct kvm\*)'
	refused larger-struct 'this kernel.s struct x86_exception has [0-9]* bytes, not at most 16'
else
	refused no-entry 'this kernel has no kvm_smccc_call_gone'
	if uname -v | grep -q PREEMPT_RT; then
		refused no-register-list 'sdei=1 is not for kernels with PREEMPT_RT' sdei=1
	else
		refused no-register-list 'this kernel has no kvm_arm_copy_gone' sdei=1
		refused other-prototype \
			'this kernel.s kvm_arm_get_fw_num_regs is int(struct kvm_vcpu\*), not int(struct kvm\*)' \
			sdei=1
	fi
	ok "without SDEI, which needs that function, the same module loads" $insmod /lab/v/other-prototype.ko
	ok "and goes" unload_module
fi
refused no-function 'this kernel has no bpf_find_btf_id_gone'
# It fails as late as loading can, at the last thing that BPF is told.
is "no-type: loading fails, before there is a device" \
	"$(appears hcbpf $insmod /lab/v/no-type.ko 2> /dev/null)" "failed without"
is "no-type: the kernel names the cause" "$(dmesg | grep -c 'struct hcbpf_gone')" 1
not "no-type: nothing of the module is left" loaded
is "the module as it is loads, and has a device" \
	"$(appears hcbpf $insmod /lib/modules/hcbpf.ko)" "done with device"
ok "and goes again" unload_module
done_testing

# SPDX-License-Identifier: GPL-2.0-only
#
# Included by Kbuild, and by modules of the tests that have parts of this one.

# What the kernel has is looked up in its headers: stable updates move things, too, so a
# version says little. probe NAME,FILE,PATTERN: HCB_HAS_NAME where a line of FILE matches.
probe = $(if $(shell grep -lE '$3' $(srctree)/$2),-DHCB_HAS_$1)
ccflags-y += $(call probe,OPS_FUNC_IP,include/linux/ftrace.h,ftrace_ops_func_t.*unsigned long ip)
ccflags-y += $(call probe,DFL_WQ,include/linux/workqueue.h,system_dfl_wq;)
ccflags-y += $(call probe,HRTIMER_SETUP,include/linux/hrtimer.h,[ *]hrtimer_setup\b)
ifdef CONFIG_X86
kvm_x86 := arch/x86/include/asm/kvm_host.h
ccflags-y += $(call probe,ARCH_RIP,$(kvm_x86),^.unsigned long rip;)
ccflags-y += $(call probe,CUI_LINEAR_RIP,$(kvm_x86),unsigned long cui_linear_rip;)
ccflags-y += $(call probe,PAGEWALK,$(kvm_x86),struct kvm_pagewalk gva_walk;)
ccflags-y += $(call probe,ARCH_XEN_HVM_CONFIG,$(kvm_x86),struct kvm_xen_hvm_config xen_hvm_config;)
endif
ifdef CONFIG_ARM64
ccflags-y += $(call probe,VCPU_KICK_WAIT,include/linux/kvm_host.h,\b__kvm_vcpu_kick\b)
ccflags-y += $(call probe,SYSREG_INLINE,arch/arm64/include/asm/kvm_host.h,__vcpu_read_sys_reg_from_cpu)
ccflags-y += $(call probe,SYSREG_ENUM,arch/arm64/include/asm/kvm_host.h,vcpu_read_sys_reg.*enum)
endif

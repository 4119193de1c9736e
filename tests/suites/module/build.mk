# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the built module: its code, and what it says to a kernel that lacks
# something.

V_DIR := $(T)/variants/$(KERNEL)

# Name, file of kmod/, what to change there.
ifeq ($(ARCH),arm64)
VARIANTS := no-entry no-register-list other-prototype
VARIANT_no-entry := arm64/hook.c 's/"kvm_smccc_call_handler"/"kvm_smccc_call_gone"/'
VARIANT_no-register-list := arm64/kernel.c 's/= { KVMS_SDEI_FUNCTIONS(CALL)/= { { "kvm_arm_copy_gone", NULL, (void *)\&hcb_kvms_kvm_arm_copy_fw_reg_indices },/'
VARIANT_other-prototype := arm64/kernel.h \
	's/(kvm_arm_get_fw_num_regs, "int(struct kvm_vcpu\*)"/(kvm_arm_get_fw_num_regs, "int(struct kvm*)"/'
else
VARIANTS := no-level no-reset other-prototype larger-struct
VARIANT_no-level := x86/kernel.c 's/kvm_x86_get_cpl)/kvm_x86_get_gone)/'
VARIANT_other-prototype := x86/kernel.h \
	's/(kvm_skip_emulated_instruction, "int(struct kvm_vcpu\*)"/(kvm_skip_emulated_instruction, "int(struct kvm*)"/'
VARIANT_larger-struct := x86/kernel.h 's/X86_EXCEPTION_MAX 128/X86_EXCEPTION_MAX 16/'
VARIANT_no-reset := x86/hook.c 's/"kvm_vcpu_reset"/"kvm_vcpu_gone"/'
endif
VARIANTS += no-type no-function
VARIANT_no-function := $(if $(filter arm64,$(ARCH)),arm64,x86)/kernel.c 's/{ \#function, /{ \#function "_gone", /'
VARIANT_no-type := policy.c 's/\.name = "hcbpf_ops"/.name = "hcbpf_gone"/'
VARIANT_FILES := $(VARIANTS:%=$(V_DIR)/%.ko)

$(VARIANT_FILES): $(V_DIR)/%.ko: $(KMOD_SOURCES) $(BUILD)/kernel/$(KERNEL)/release tests/suites/module/build.mk \
		tests/suites/module/variant
	$(call say,MODULE,$@)
	@mkdir -p $(@D)
	$(Q)tests/suites/module/variant $(BUILD)/kernel/$(KERNEL) $(VARIANT_$*) $@

TEST_FILES += $(VARIANT_FILES)

.PHONY: check-module
check-module: $(VARIANT_FILES) $(LAB_COMMON) $(MODULE)
	@tests/suites/lib/suite $(TAP_DIR)/module.tap sh -c 'status=0; \
		tests/suites/module/indirect-calls $(MODULE) tests/suites/module/allowed.$(ARCH) || status=1; \
		tests/lab/run $(LAB_DEBUG_ARGS) --add $(T_LAB):/lab/t --add $(V_DIR):/lab/v \
			-- $(LAB_SUITE) module || \
			status=$$?; exit $$status'

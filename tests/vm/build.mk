# SPDX-License-Identifier: GPL-2.0-only
#
# The reference VMM, the cost meter and the demonstration. Included by tests/build.mk.

VM_OUT := $(BUILD)/lib-test
VM_VMM := $(BUILD)/bin/hcbpf-vmm
VM_COST := $(BUILD)/bin/hcbpf-cost

vm_objects = $(patsubst tests/%,$(VM_OUT)/%.o,$(wildcard $(addprefix $(1)/,*.c *.S)))
vm_vmm_obj := $(call vm_objects,tests/vm/vmm)
vm_cost_obj := $(call vm_objects,tests/demo) $(VM_OUT)/bench/lab.c.o

.PHONY: vm-programs
vm-programs: $(VM_VMM) $(VM_COST)

$(vm_vmm_obj) $(vm_cost_obj): $(VM_OUT)/%.o: tests/% tests/vm/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

$(VM_VMM): $(vm_vmm_obj) $(BUILD)/lib/libhcbpf.a
$(VM_COST): $(vm_cost_obj) $(BENCH_PATHS) $(LIBGUEST) $(BUILD)/lib/libhcbpf.a
$(VM_VMM) $(VM_COST):
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -pthread $(LDFLAGS) $^ -lz -o $@

.PHONY: run-demo
run-demo: $(MODULE) $(BUILD)/bin/hcbpf $(VM_VMM) $(VM_COST)
	@tests/demo/run

-include $(vm_vmm_obj:.o=.d) $(vm_cost_obj:.o=.d)

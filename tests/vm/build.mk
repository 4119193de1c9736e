# SPDX-License-Identifier: GPL-2.0-only
#
# The programs that run inside the lab: the KVM harness (a library for the test
# programs), the reference VMM and the cost meter. Included by tests/build.mk.

BUILD ?= build
CC ?= cc
AR ?= ar
CFLAGS ?= -O2 -g

VM_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -pthread -Iinclude \
	-Itests/vm/kvm -Itests/vm/kvm/$(ARCH)
VM_OUT := $(BUILD)/lib-test
VM_LIBHCBPF := $(BUILD)/lib/libhcbpf.a

KVMTEST_LIB := $(VM_OUT)/libkvmtest.a
VM_VMM := $(BUILD)/bin/hcbpf-vmm
VM_COST := $(BUILD)/bin/hcbpf-cost

vm_objects = $(patsubst tests/%,$(VM_OUT)/%.o,$(wildcard $(addprefix $(1)/,*.c *.S $(ARCH)/*.c $(ARCH)/*.S)))
vm_kvm_obj := $(call vm_objects,tests/vm/kvm)
vm_vmm_obj := $(call vm_objects,tests/vm/vmm)
vm_cost_obj := $(call vm_objects,tests/demo) $(addprefix $(VM_OUT)/bench/,paths.c.o $(ARCH)/paths.c.o lab.c.o)

.PHONY: vm-programs
vm-programs: $(VM_VMM) $(VM_COST)

$(vm_kvm_obj) $(vm_vmm_obj) $(vm_cost_obj): $(VM_OUT)/%.o: tests/% tests/vm/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(VM_CFLAGS) -MMD -MP -c $< -o $@

$(KVMTEST_LIB): $(vm_kvm_obj)
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(VM_VMM): $(vm_vmm_obj) $(VM_LIBHCBPF)
$(VM_COST): $(vm_cost_obj) $(KVMTEST_LIB) $(VM_LIBHCBPF)
$(VM_VMM) $(VM_COST):
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -pthread $(LDFLAGS) $^ -lz -o $@

.PHONY: run-demo
run-demo: $(MODULE) $(BUILD)/bin/hcbpf $(VM_VMM) $(VM_COST)
	@tests/demo/run

-include $(vm_kvm_obj:.o=.d) $(vm_vmm_obj:.o=.d) $(vm_cost_obj:.o=.d)

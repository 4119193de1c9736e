# SPDX-License-Identifier: GPL-2.0-only
#
# The tests. Suite NAME is `make check-NAME`. Those with VM are run in the lab:
# tests/lab/NAME.sh in there is the suite. What a suite needs is in TEST_FILES, too:
# `make tests` builds it all before several suites run at once.

-include tests/demo/build.mk

T := $(BUILD)/tests
T_LAB := $(T)/lab
T_LIBHCBPF = $(BUILD)/lib/libhcbpf.a
T_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wno-missing-field-initializers \
	-Werror -Iinclude -Iuser/libguest/$(ARCH)
T_LIBBPF := $(wildcard $(BUILD)/libbpf/lib/libbpf.a)
T_LIBBPF_CFLAGS := $(if $(T_LIBBPF),-I$(BUILD)/libbpf/include)
T_LIBBPF_LIBS := $(or $(T_LIBBPF),-lbpf) -lelf -lz
CXX ?= c++

# ---- on this machine: unit tests, with the sanitizers

UNIT_TESTS := port abi lib vm_table ports buffers walk cli profile state state_file gpa_lib gpa_cli \
	gpa_map gpa_change sdei sdei_model sdei_events vmm_name
UNIT_PROGRAMS := $(UNIT_TESTS:%=$(T)/unit/test_%) $(T)/unit/test_cxx
UNIT_CFLAGS := $(T_CFLAGS) -iquote user/hcbpf -fsanitize=address,undefined -fno-sanitize-recover=all

$(T)/unit/test_lib: $(wildcard user/libhcbpf/*.c)
$(T)/unit/test_lib $(T)/unit/test_state_file $(T)/unit/test_gpa_lib: UNIT_LIBS := -lz
$(T)/unit/test_state_file: $(wildcard user/libhcbpf/*.[ch])
$(T)/unit/test_gpa_lib: $(wildcard user/libhcbpf/gpa*.[ch] user/libhcbpf/state_*.[ch])
$(T)/unit/test_gpa_cli: $(wildcard user/hcbpf/text/gpa_*.h)
$(T)/unit/test_profile: UNIT_LIBS := -lconfig
$(T)/unit/test_lib $(T)/unit/test_state: UNIT_LIBS := -lz
$(T)/unit/test_state: $(wildcard user/libhcbpf/*.[ch])
$(T)/unit/test_vm_table: kmod/vm_table.c
$(T)/unit/test_ports: kmod/ports.c
$(T)/unit/test_gpa_map: kmod/gpa_map.c kmod/gpa_tree.c $(wildcard kmod/gpa_*.h)
$(T)/unit/test_gpa_change: kmod/gpa_change.c kmod/gpa_map.c kmod/gpa_tree.c $(wildcard kmod/gpa*.h)
$(T)/unit/test_buffers: kmod/buffers.c
$(T)/unit/test_walk: kmod/arm64/walk.c kmod/arm64/walk.h
SDEI_PAIR := kmod/sdei.c tests/unit/sdei_model.c tests/unit/sdei_pair.c
$(T)/unit/test_sdei: kmod/sdei.c
$(T)/unit/test_sdei_model $(T)/unit/test_sdei_events: $(SDEI_PAIR)
$(T)/unit/test_sdei_events: UNIT_CFLAGS += -include sdei_two_events.h

# Parts of the module, compiled with a shim in place of the kernel.
PURE_TESTS := vm_table ports gpa_map gpa_change buffers walk sdei sdei_model sdei_events
$(PURE_TESTS:%=$(T)/unit/test_%): UNIT_CFLAGS += -Itests/unit/shim -Ikmod -Itests/unit \
	-Wno-unused-parameter

UNIT_HEADERS := $(wildcard tests/unit/*.h tests/unit/shim/*.h include/hcbpf/*.h) kmod/hcbpf.h \
	kmod/buffers.h kmod/sdei.h

$(T)/unit/test_%: tests/unit/test_%.c $(UNIT_HEADERS)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(filter %.c,$^) -pthread -lcmocka $(UNIT_LIBS) -o $@

# The same test with another table of events.
$(T)/unit/test_sdei_events: tests/unit/test_sdei_model.c $(UNIT_HEADERS)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(filter %.c,$^) -lcmocka -o $@

$(T)/unit/test_cxx: tests/unit/test_cxx.cc $(BUILD)/lib/libhcbpf.a $(wildcard include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude $(filter %.cc %.a,$^) -lz -o $@

-include tests/fuzz/build.mk

CHECK_SUITES += unit
.PHONY: check-unit
check-unit: $(UNIT_PROGRAMS)
	@tests/lab/suite $(TAP_DIR)/unit.tap \
		sh -c 'status=0; for test; do "$$test" || status=1; done; exit $$status' sh $^

# ---- programs and BPF objects of the lab, all in one directory

T_BPF := $(patsubst tests/bpf/%.bpf.c,$(T_LAB)/%.bpf.o,$(wildcard tests/bpf/*.bpf.c))
T_PROGRAMS := $(patsubst tests/lab/%.c,$(T_LAB)/%,$(filter-out %/lab.c,$(wildcard tests/lab/*.c)))
ifneq ($(ARCH),x86_64)
T_PROGRAMS := $(filter-out %/test_gpa %/test_gpa_load %/test_gpa_uapi %/test_gaps,$(T_PROGRAMS))	# KVM's ABI
endif
T_ARCH_PROGRAMS := $(patsubst tests/lab/$(ARCH)/%.c,$(T_LAB)/%,$(wildcard tests/lab/$(ARCH)/*.c))
T_SCRIPTS := $(patsubst tests/lab/%,$(T_LAB)/%,$(wildcard tests/lab/*.sh))
T_LAB_FILES := $(T_BPF) $(T_PROGRAMS) $(T_ARCH_PROGRAMS) $(T_SCRIPTS) $(T_LAB)/test_decide $(T_LAB)/standard.bpf.o

$(T_LAB)/%.bpf.o: tests/bpf/%.bpf.c $(wildcard tests/bpf/*.h bpf/*.h include/hcbpf/*.h)
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -c $< -o $@

$(T_LAB)/standard.bpf.o: $(BUILD)/bpf/standard.bpf.o
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(T_LAB)/%.sh: tests/lab/%.sh
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(T_LAB)/test_decide: tests/bpf/test_decide.c $(wildcard tests/bpf/*.h bpf/*.h include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) $< $(T_LIBBPF_LIBS) -lcmocka -o $@

# It makes files that the library would not: with the library's own objects.
$(T_LAB)/gpa_tool: T_LIBHCBPF = $(user_lib_obj)
$(T_LAB)/gpa_tool: $(user_lib_obj)

$(T_LAB)/json: T_EXTRA = $(shell pkg-config --libs json-c)

$(T_PROGRAMS): $(T_LAB)/%: tests/lab/%.c
$(T_ARCH_PROGRAMS): $(T_LAB)/%: tests/lab/$(ARCH)/%.c
$(T_PROGRAMS) $(T_ARCH_PROGRAMS): tests/lab/lab.c $(LIBGUEST) $(BUILD)/lib/libhcbpf.a \
		$(wildcard tests/lab/*.h tests/lab/rules/rules.h tests/bpf/*.h user/libguest/kvm.h include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) -Iuser/libguest $(filter %.c,$^) $(LIBGUEST) \
		$(T_LIBHCBPF) $(T_LIBBPF_LIBS) $(T_EXTRA) -lcmocka -pthread -o $@

# ---- the policy's decision: here, if BPF may be loaded here, and in the lab

T_RUNS_HERE := $(if $(filter x86_64,$(ARCH)),,: )
CHECK_SUITES += decide
.PHONY: check-decide
check-decide: $(T_LAB)/test_decide $(T_LAB)/decide.bpf.o
	@tests/lab/suite $(TAP_DIR)/decide.tap sh -c '$(T_RUNS_HERE) $^ && tests/vm/run --no-module \
		--add $(T_LAB):/lab/t -- env CMOCKA_MESSAGE_OUTPUT=TAP \
		/lab/t/test_decide /lab/t/decide.bpf.o'

# ---- with the module, in the lab

LAB_SUITES := policy uapi guest gpa life coexist cli pins pages restore cost gaps faults
ifeq ($(ARCH),arm64)
LAB_SUITES += smccc
CHECK_SUITES += policy uapi guest guest-nvhe smccc life cli pins pages cost
DEBUG_SUITES += policy uapi guest guest-nvhe smccc life pages faults
else
CHECK_SUITES += policy uapi guest gpa life coexist cli pins pages restore cost gaps
DEBUG_SUITES += policy uapi guest gpa life pages faults
endif

LAB_ARGS_policy :=
LAB_ARGS_uapi := --smp 2
LAB_ARGS_guest := --smp 2
LAB_ARGS_gpa := --smp 2
LAB_ARGS_smccc := --smp 2
LAB_ARGS_life := --smp 2
LAB_ARGS_coexist := --smp 2
LAB_ARGS_cli := --smp 2
LAB_ARGS_pins := --smp 2
LAB_ARGS_pages := --smp 2
LAB_ARGS_restore := --smp 2
LAB_ARGS_cost := --icount --mem 2048
LAB_ARGS_gaps := --icount --mem 2048 --append 'preempt=full init_on_alloc=0'
LAB_ARGS_faults :=
# What hangs must be found; the longest suite takes three minutes on a busy machine.
# Checkers make everything slower, and need memory of their own. VMX=MODEL puts a suite onto
# an Intel CPU, one of them: when Bochs has two, idle time is no longer free there.
LAB_TIMEOUT := $(or $(if $(VMX),3600),$(if $(filter debug-%,$(KERNEL)),1800),600)
LAB_DEBUG_ARGS = $(if $(filter debug-%,$(KERNEL)),--mem 2048) $(if $(VMX),--vmx --model $(VMX) --smp $(VMX_SMP)) \
	--timeout $(LAB_TIMEOUT)
# That it is what it is to be is tested first.
LAB_SUITE = sh /lab/t/suite.sh $(if $(VMX),$(if $(VMX_SHORT),--short)) $(if $(VMX),intel$(if $(filter $(VMX_CET),$(VMX)),-cet))

.PHONY: $(LAB_SUITES:%=check-%)
$(LAB_SUITES:%=check-%): check-%: $(T_LAB_FILES) $(MODULE) $(BUILD)/bin/hcbpf
	@tests/lab/suite $(TAP_DIR)/$*.tap tests/vm/run $(LAB_ARGS_$*) $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t -- $(LAB_SUITE) $*

# The same guests under a KVM that keeps its own world at EL2: registers of a vCPU are
# elsewhere, hooks are the same.
.PHONY: check-guest-nvhe
check-guest-nvhe: $(T_LAB_FILES) $(MODULE) $(BUILD)/bin/hcbpf
	@tests/lab/suite $(TAP_DIR)/guest-nvhe.tap tests/vm/run --nvhe $(LAB_ARGS_guest) \
		$(LAB_DEBUG_ARGS) --add $(T_LAB):/lab/t -- sh -c \
		'status=0; for suite in guest smccc; do \
			sh /lab/t/suite.sh $$suite || status=1; done; exit $$status'

# Modules for the same kernel: a live patch of the function that the module hooks, one
# that stands in for encrypted registers, one that has ftrace switch itself off, and one
# that stands in for running guests.
HELPERS := livepatch protect killftrace caller
helper_module = $(T)/$(1)/$(KERNEL)/$(1).ko
HELPER_MODULES := $(foreach name,$(HELPERS),$(call helper_module,$(name)))

$(HELPER_MODULES): $(T)/%.ko: $(BUILD)/kernel/$(KERNEL)/release
	$(call say,MODULE,$@)
	@mkdir -p $(@D)
	$(Q)cp tests/lab/$(basename $(@F))/* $(@D)/
	$(Q)env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(BUILD)/kernel/$(KERNEL)/kmake \
		$(abspath $(@D)) modules -s

$(foreach name,$(HELPERS),$(eval $(call helper_module,$(name)): $(wildcard tests/lab/$(name)/*)))

check-restore: $(EXAMPLE_VMM)
check-cli: $(T_LAB)/talker
check-coexist: $(call helper_module,livepatch) $(call helper_module,killftrace)
LAB_ARGS_coexist += --module $(call helper_module,livepatch) --module $(call helper_module,killftrace)

TEST_FILES := $(T_LAB_FILES) \
	$(if $(filter x86_64,$(ARCH)),$(UNIT_PROGRAMS) $(HELPER_MODULES) $(EXAMPLE_VMM))

-include tests/bench/build.mk
-include tests/lab/rules/build.mk
-include tests/lab/profiles/build.mk
-include tests/lab/buffers/build.mk
-include tests/lab/hostile/build.mk
-include tests/lab/module/build.mk
-include tests/lab/host/build.mk
ifeq ($(ARCH),arm64)
-include tests/lab/arm64/sdei/build.mk
endif
ifeq ($(ARCH),x86_64)
-include tests/lab/qemu/build.mk
-include tests/lab/parallel/build.mk
-include tests/library/build.mk
endif

-include tests/lab/vmx/build.mk

.PHONY: tests
tests: $(TEST_FILES)

# ---- the other architecture, as part of `make check`

ifeq ($(ARCH),x86_64)
CHECK_SUITES += $(addprefix arm64-,policy uapi guest guest-nvhe smccc life cli pins pages cost \
	bench rules examples profiles buffers host module sdei sdei-nvhe sdei-linux)

.PHONY: check-arm64-%
check-arm64-%:
	@mkdir -p $(TAP_DIR)/arm64
	@status=0; env -u LAB_KERNEL $(MAKE) ARCH=arm64 check-$* TAP_DIR=$(abspath $(TAP_DIR))/arm64 || status=$$?; \
		mv $(TAP_DIR)/arm64/$*.tap $(TAP_DIR)/arm64-$*.tap; exit $$status
endif

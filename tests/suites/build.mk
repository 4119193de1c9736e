# SPDX-License-Identifier: GPL-2.0-only
#
# The suites of the lab. Included by tests/build.mk.
#
# A suite is a row of suites.mk and a folder: NAME.sh is what runs in the VM; each
# test_*.c is a program, and what other sources there are is part of each of them. A
# build.mk there has what is peculiar:
#   LAB_NEEDS_NAME   files to be made before
#   LAB_MORE_NAME    more options of tests/lab/run
#   LAB_ENV_NAME     variables of the suite
#   LAB_RUNS_NAME    scripts to run in place of NAME.sh
#   LAB_PROGRAMS_NAME   programs with rules of their own

S := tests/suites

# Of tests/suites/modules/, those of x86 or of arm64.
ARM64_MODULES := translator
LAB_MODULES := $(if $(filter arm64,$(ARCH)),$(ARM64_MODULES), \
	$(filter-out $(ARM64_MODULES),$(notdir $(wildcard $(S)/modules/*))))

# ---- the table

SUITES :=
LAB_SUITES :=

define add_suite
SUITES += $1
SUITE_LISTS_$1 := $2
endef

define add_lab_suite
LAB_SUITES += $1
LAB_ARGS_$1 = $2
LAB_MODULES_$1 := $(filter $(LAB_MODULES),$3)
endef

on_arm64 = $(if $(filter arm64,$2),$(eval SUITES_ON_ARM64 += $(strip $1))$(eval ON_ARM64_$(strip $1) := $3))
own_suite = $(on_arm64)$(if $(filter $(ARCH),$2),$(eval $(call add_suite,$(strip $1),$3)))
suite = $(own_suite)$(if $(filter $(ARCH),$2),$(eval $(call add_lab_suite,$(strip $1),$4,$5)))

include $(S)/suites.mk

in_list = $(foreach name,$(SUITES),$(if $(filter $1,$(SUITE_LISTS_$(name))),$(name)))
CHECK_SUITES := $(call in_list,check)
MORE_SUITES := $(call in_list,more)
DEBUG_SUITES := $(call in_list,debug)
KERNELS_SUITES := $(call in_list,kernels)
CHECK_SUITES += $(addprefix newest-,$(call in_list,newest))
MORE_SUITES += $(addprefix newest-,$(call in_list,newest-more))
ifeq ($(ARCH),x86_64)
arm64_in_list = $(foreach name,$(SUITES_ON_ARM64),$(if $(filter $1,$(ON_ARM64_$(name))),arm64-$(name)))
CHECK_SUITES += $(addprefix vmx-,$(call in_list,intel)) $(call arm64_in_list,arm64) \
	$(patsubst arm64-%,arm64-newest-%,$(call arm64_in_list,newest))
MORE_SUITES += $(call arm64_in_list,arm64-more) \
	$(patsubst arm64-%,arm64-newest-%,$(call arm64_in_list,newest-more))
VMX_SUITES := $(addprefix vmx-,$(call in_list,vmx))
endif

# ---- programs, scripts and BPF objects of the lab, all in one directory

LAB_CFLAGS := $(T_CFLAGS) -Iuser/libguest -iquote $(S)/lib
LAB_HEADERS := $(wildcard $(S)/*/*.h $(S)/modules/*/*.h tests/bpf/*.h user/libguest/*.h \
	include/hcbpf/*.h bpf/*.h examples/policies/*.h)
LAB_LIBS = $(LIBGUEST) $(BUILD)/lib/libhcbpf.a

# The recipe of every program: its sources, objects and archives are its prerequisites.
define lab_program
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LAB_CFLAGS) $(T_LIBBPF_CFLAGS) $(filter %.c %.S %.o,$^) $(filter %.a,$^) \
		$(T_LIBBPF_LIBS) $(T_EXTRA) -lcmocka -pthread -o $@
endef

# Written in terms of KVM's own ABI, Hyper-V's, CPUID, calls that only KVM/x86 answers, or page tables.
ONLY_X86 := test_hyperv test_protected test_examples test_buffers_cpuid test_walk
ONLY_ARM64 := test_walk_arm64

suite_parts = $(filter-out $(S)/$1/test_%,$(wildcard $(S)/$1/*.c $(S)/$1/*.S))
suite_programs = $(filter-out $(patsubst %,$(T_LAB)/%,$(if $(filter arm64,$(ARCH)),$(ONLY_X86),$(ONLY_ARM64))), \
	$(patsubst $(S)/$1/%.c,$(T_LAB)/%,$(wildcard $(S)/$1/test_*.c)))

define suite_program_rules
$(suite_programs): $(T_LAB)/%: $(S)/$1/%.c $(suite_parts) $(S)/lib/lab.c $(LAB_LIBS) $(LAB_HEADERS)
	$$(lab_program)
LAB_PROGRAMS_$1 := $(suite_programs)
endef
$(foreach name,$(LAB_SUITES),$(if $(call suite_programs,$(name)),$(eval $(call suite_program_rules,$(name)))))

LAB_TOOLS := $(patsubst $(S)/tools/%.c,$(T_LAB)/%,$(wildcard $(S)/tools/*.c))
$(LAB_TOOLS): $(T_LAB)/%: $(S)/tools/%.c $(S)/lib/lab.c $(LAB_LIBS) $(LAB_HEADERS)
	$(lab_program)
# It makes files that the library would not: with the library's own objects.
$(T_LAB)/gpa_tool: $(user_lib_obj)
$(T_LAB)/json: T_EXTRA = $(shell pkg-config --libs json-c)

# Scripts; a folder in a suite's folder is one in the lab.
empty :=
in_lab = $(T_LAB)/$(subst $(empty) ,/,$(wordlist 4,9,$(subst /, ,$1)))
define script_rule
$(in_lab): $1
	@mkdir -p $$(@D)
	$$(Q)cp $$< $$@
LAB_SCRIPTS += $(in_lab)
endef
$(foreach script,$(wildcard $(S)/*/*.sh $(S)/*/*/*.sh),$(eval $(call script_rule,$(script))))

LAB_BPF := $(patsubst tests/bpf/%.bpf.c,$(T_LAB)/%.bpf.o,$(wildcard tests/bpf/*.bpf.c))
$(T_LAB)/%.bpf.o: tests/bpf/%.bpf.c $(wildcard tests/bpf/*.h bpf/*.h include/hcbpf/*.h)
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -c $< -o $@

$(T_LAB)/standard.bpf.o: $(BPF)/standard.bpf.o
	@mkdir -p $(@D)
	$(Q)cp $< $@

LAB_COMMON := $(LAB_BPF) $(LAB_TOOLS) $(LAB_SCRIPTS) $(T_LAB)/standard.bpf.o

# ---- modules for the same kernel: a live patch of the function that the module hooks, one
# that stands in for encrypted registers, one that has ftrace switch itself off, one that
# stands in for running guests, two that have the walks of page tables of the hcbpf module, and
# one that has a tracepoint of the same name

lab_module = $(T)/$1/$(KERNEL)/$1.ko
LAB_MODULE_FILES := $(foreach name,$(LAB_MODULES),$(call lab_module,$(name)))

# lab_module_rule NAME,DIRECTORY
define lab_module_rule
$(call lab_module,$1): $(wildcard $2/*) $(BUILD)/kernel/$(KERNEL)/release
	$$(call say,MODULE,$$@)
	@mkdir -p $$(@D)
	$$(Q)cp $2/* $$(@D)/
	$$(Q)env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(BUILD)/kernel/$(KERNEL)/kmake \
		$$(abspath $$(@D)) modules -s
endef
$(foreach name,$(LAB_MODULES),$(eval $(call lab_module_rule,$(name),$(S)/modules/$(name))))

# And one that the lab itself needs, where the kernel has PREEMPT_RT.
ifneq ($(findstring -rt-x86_64,$(KERNEL)),)
$(eval $(call lab_module_rule,constant_tsc,tests/lab/constant_tsc))
LAB_COMMON += $(call lab_module,constant_tsc)
endif

# ---- how a suite runs

# What hangs must be found; most suites take three minutes at most on a busy machine. qemu, which
# boots four guests of an emulated machine that counts instructions, took ten.
# Checkers make everything slower, and need memory of their own. VMX=MODEL puts a suite onto
# an Intel CPU, one of them: when Bochs has two, idle time is no longer free there.
LAB_TIMEOUT := $(or $(if $(VMX),3600),$(if $(filter debug-%,$(KERNEL)),1800),600)
LAB_DEBUG_ARGS = $(if $(filter debug-%,$(KERNEL)),--mem 2048) $(if $(VMX),--vmx --model $(VMX) --smp $(VMX_SMP)) \
	--timeout $(or $(LAB_TIMEOUT_$*),$(LAB_TIMEOUT))
# That it is what it is to be is tested first.
LAB_SUITE = sh /lab/t/suite.sh $(if $(VMX),$(if $(VMX_SHORT),--short)) $(if $(VMX),intel$(if $(filter $(VMX_CET),$(VMX)),-cet))

-include $(wildcard $(S)/*/build.mk)

lab_runs = $(or $(LAB_RUNS_$1),$1)
lab_files = $(foreach name,$(call lab_runs,$1),$(LAB_PROGRAMS_$(name))) $(LAB_NEEDS_$1) \
	$(foreach name,$(LAB_MODULES_$1),$(call lab_module,$(name)))
$(foreach name,$(LAB_SUITES),$(eval check-$(name): $(call lab_files,$(name))))

.PHONY: $(LAB_SUITES:%=check-%)
$(LAB_SUITES:%=check-%): check-%: $(LAB_COMMON) $(MODULE) $(BUILD)/bin/hcbpf
	@$(S)/lib/suite $(TAP_DIR)/$*.tap tests/lab/run $(LAB_ARGS_$*) $(LAB_DEBUG_ARGS) \
		$(foreach name,$(LAB_MODULES_$*),--module $(call lab_module,$(name))) \
		--add $(T_LAB):/lab/t $(LAB_MORE_$*) \
		-- $(if $(LAB_ENV_$*),env $(LAB_ENV_$*)) $(LAB_SUITE) $(call lab_runs,$*)

TEST_FILES += $(LAB_COMMON) $(LAB_MODULE_FILES) \
	$(foreach name,$(LAB_SUITES),$(LAB_PROGRAMS_$(name)) $(LAB_NEEDS_$(name)))

# ---- the newest kernel, as part of `make check`

NEWEST := $(shell awk -F ' *[|] *' '/^[^\#]/ && NF == 3 { name = $$1 } END { print name }' \
	tests/kernels/list)-$(ARCH)

.PHONY: check-newest-%
check-newest-%:
	@mkdir -p $(TAP_DIR)/newest
	@status=0; env -u LAB_KERNEL $(MAKE) KERNEL=$(NEWEST) check-$* \
		TAP_DIR=$(abspath $(TAP_DIR))/newest || status=$$?; \
		mv $(TAP_DIR)/newest/$*.tap $(TAP_DIR)/newest-$*.tap; exit $$status

# ---- the other architecture, as part of `make check`

ifeq ($(ARCH),x86_64)
.PHONY: check-arm64-%
check-arm64-%:
	@mkdir -p $(TAP_DIR)/arm64
	@status=0; env -u LAB_KERNEL $(MAKE) ARCH=arm64 check-$* TAP_DIR=$(abspath $(TAP_DIR))/arm64 || status=$$?; \
		mv $(TAP_DIR)/arm64/$*.tap $(TAP_DIR)/arm64-$*.tap; exit $$status
endif

# SPDX-License-Identifier: GPL-2.0-only
#
# The module on CPUs that run at once. Included by tests/build.mk, behind its own
# variables.

PARALLEL_PROGRAMS := $(addprefix $(T_LAB)/,test_ground test_parallel test_storm)
PARALLEL_SCRIPTS := $(addprefix $(T_LAB)/,parallel.sh kcsan.sh)
PARALLEL_FILES := $(PARALLEL_PROGRAMS) $(PARALLEL_SCRIPTS) \
	$(addprefix $(T_LAB)/,suite.sh tap.sh guest standard.bpf.o observe.bpf.o fentry.bpf.o)

$(PARALLEL_PROGRAMS): $(T_LAB)/%: tests/lab/parallel/%.c tests/lab/parallel/callers.c \
		tests/lab/parallel/bound.c tests/lab/lab.c $(LIBGUEST) $(BUILD)/lib/libhcbpf.a \
		$(wildcard tests/lab/*.h tests/lab/parallel/*.h tests/lab/rules/*.h tests/lab/caller/*.h \
			tests/bpf/*.h user/libguest/kvm.h include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) -Iuser/libguest $(filter %.c %.a,$^) \
		$(T_LIBBPF_LIBS) -lcmocka -pthread -o $@

$(PARALLEL_SCRIPTS): $(T_LAB)/%: tests/lab/parallel/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

TEST_FILES += $(PARALLEL_FILES) $(call helper_module,caller)

# Not part of `make check`: it takes all CPUs for minutes. Checkers make calls slower, and
# KCSAN's reports are many.
PARALLEL_CALLS ?= $(if $(filter debian-%,$(KERNEL)),10000000,400000)
PARALLEL_LAB_ARGS := --parallel --smp 4 --module $(call helper_module,caller) \
	$(if $(filter kcsan-%,$(KERNEL)),--mem 2048 --append log_buf_len=16M)

check-parallel: $(PARALLEL_FILES) $(call helper_module,caller) $(MODULE)
	@tests/lab/suite $(TAP_DIR)/parallel.tap tests/vm/run $(PARALLEL_LAB_ARGS) \
		$(LAB_DEBUG_ARGS) --timeout 1800 --add $(T_LAB):/lab/t -- \
		env CALLS=$(PARALLEL_CALLS) $(LAB_SUITE) parallel

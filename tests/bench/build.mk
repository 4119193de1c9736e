# SPDX-License-Identifier: GPL-2.0-only
#
# The bench: what calls cost, in the lab. Included by tests/build.mk.

# Of all machines; reports are made on this one.
BENCH := build/bench
BENCH_LAB := $(BUILD)/bin/hcbpf-bench
# VMX: see tests/suites/vmx/build.mk.
BENCH_MACHINE := $(if $(filter arm64,$(ARCH)),arm64,$(if $(VMX),vmx,svm))
BENCH_HEADERS := $(wildcard tests/bench/*.h user/bench/*.h user/libguest/*.h user/libguest/$(ARCH)/*.h include/hcbpf/*.h)

$(BENCH_LAB): $(addprefix tests/bench/,main.c lab.c scaling.c operations.c neighbours.c \
		commands.c storm.c concurrency.c memory.c) $(BENCH_PATHS) $(LIBGUEST) $(BUILD)/lib/libhcbpf.a $(BENCH_HEADERS)
	$(call say,BENCH,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) -Iuser/libguest $(filter %.c %.o %.a,$^) \
		$$(pkg-config --libs json-c) -lz -pthread -o $@

.PHONY: run-bench bench-programs
bench-programs: $(BENCH_LAB)

# One machine with one kernel; tests/bench/all has them all.
# A host's own work is measured on the kernel of every day.
BENCH_WHAT = $(if $(filter $(NEWEST),$(KERNEL)),calls,paths)
BENCH_RUN = BENCH_CC=$(firstword $(CC)) tests/bench/run $(BENCH_WHAT) $(BENCH_MACHINE)
run-bench: $(MODULE) $(BUILD)/bin/hcbpf bench-programs
	@$(BENCH_RUN)

# A short version, against the same budget.
TEST_FILES += bench-programs
.PHONY: check-bench
check-bench: $(MODULE) $(BUILD)/bin/hcbpf bench-programs
	@tests/suites/lib/suite $(TAP_DIR)/bench.tap sh -c \
		'json=$$($(BENCH_RUN)) && exec tests/bench/report hold "$$json" --tap'

# The tables of docs/performance.md, from what `make bench` has measured.
.PHONY: bench-docs
bench-docs:
	@tests/bench/report document $(BENCH)/bench.json docs/performance.md

# ---- what deciding costs, in time, on this machine

BENCH_DECISION := $(BENCH)/bin/decision $(BENCH)/bin/decision.bpf.o

$(BENCH)/bin/decision.bpf.o: tests/bench/decision.bpf.c tests/bench/decision.h \
		$(wildcard bpf/*.h include/hcbpf/*.h)
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -c $< -o $@

$(BENCH)/bin/decision: tests/bench/decision.c tests/bench/decision.h
	$(call say,BENCH,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) $< $(T_LIBBPF_LIBS) \
		$$(pkg-config --libs json-c) -o $@

ifeq ($(ARCH),x86_64)	# this machine's
bench-programs: $(BENCH_DECISION)
endif

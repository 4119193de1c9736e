# SPDX-License-Identifier: GPL-2.0-only
#
# The bench: what calls cost, in the lab. Included by tests/build.mk.

BENCH := $(BUILD)/bench
BENCH_LAB := $(BUILD)/bin/hcbpf-bench
BENCH_REPORT := $(BENCH)/bin/report
BENCH_HEADERS := $(wildcard tests/bench/*.h tests/vm/kvm/*.h include/hcbpf/*.h)

$(BENCH_LAB): $(addprefix tests/bench/,main.c lab.c paths.c scaling.c concurrency.c memory.c) \
		$(KVMTEST_LIB) $(BUILD)/lib/libhcbpf.a $(BENCH_HEADERS)
	$(call say,BENCH,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) -Itests/vm/kvm $(filter %.c %.a,$^) \
		$$(pkg-config --libs json-c) -lz -pthread -o $@

$(BENCH_REPORT): tests/bench/report.c
	$(call say,BENCH,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $< $$(pkg-config --libs json-c) -o $@

.PHONY: run-bench bench-programs
bench-programs: $(BENCH_LAB) $(BENCH_REPORT)

run-bench: $(MODULE) $(BUILD)/bin/hcbpf bench-programs
	@tests/bench/run all x86_64

# A short version, against the same budget.
CHECK_SUITES += bench
.PHONY: check-bench
check-bench: $(MODULE) $(BUILD)/bin/hcbpf bench-programs
	@tests/lab/suite $(TAP_DIR)/bench.tap tests/bench/run paths x86_64

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

bench-programs: $(BENCH_DECISION)
TEST_FILES += $(if $(filter x86_64,$(ARCH)),bench-programs)

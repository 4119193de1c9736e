# SPDX-License-Identifier: GPL-2.0-only
#
# The policy's decision: here, if BPF may be loaded here, and in the lab. Included by
# tests/build.mk.

$(T_LAB)/test_decide: tests/bpf/test_decide.c $(wildcard tests/bpf/*.h bpf/*.h include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) $< $(T_LIBBPF_LIBS) -lcmocka -o $@

TEST_FILES += $(T_LAB)/test_decide

DECIDE_RUNS_HERE := $(if $(filter x86_64,$(ARCH)),,: )
.PHONY: check-decide
check-decide: $(T_LAB)/test_decide $(T_LAB)/decide.bpf.o
	@tests/suites/lib/suite $(TAP_DIR)/decide.tap sh -c '$(DECIDE_RUNS_HERE) $^ && tests/lab/run --no-module \
		--add $(T_LAB):/lab/t -- env CMOCKA_MESSAGE_OUTPUT=TAP \
		/lab/t/test_decide /lab/t/decide.bpf.o'

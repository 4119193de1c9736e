# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of registered hypercall buffers. Included by tests/build.mk, behind its
# own variables.

BUFFERS_PROGRAMS := $(patsubst tests/lab/buffers/%.c,$(T_LAB)/%,$(wildcard tests/lab/buffers/*.c))
BUFFERS_FILES := $(BUFFERS_PROGRAMS) $(T_LAB)/buffers.sh \
	$(addprefix $(T_LAB)/,suite.sh copy.bpf.o driver.bpf.o standard.bpf.o)

$(BUFFERS_PROGRAMS): $(T_LAB)/%: tests/lab/buffers/%.c tests/lab/lab.c $(LIBGUEST) $(BUILD)/lib/libhcbpf.a \
		$(wildcard tests/lab/*.h tests/lab/buffers/*.h tests/bpf/*.h user/libguest/kvm.h \
			include/hcbpf/*.h bpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) -Iuser/libguest $(filter %.c %.a,$^) \
		$(T_LIBBPF_LIBS) -lcmocka -pthread -o $@

$(T_LAB)/buffers.sh: tests/lab/buffers/buffers.sh
	@mkdir -p $(@D)
	$(Q)cp $< $@

CHECK_SUITES += buffers
DEBUG_SUITES += buffers
TEST_FILES += $(BUFFERS_FILES)

.PHONY: check-buffers
check-buffers: $(BUFFERS_FILES) $(MODULE) $(BUILD)/bin/hcbpf
	@tests/lab/suite $(TAP_DIR)/buffers.tap tests/vm/run --smp 2 $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t -- $(LAB_SUITE) buffers

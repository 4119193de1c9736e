# SPDX-License-Identifier: GPL-2.0-only
#
# The library's ABI, its manners, and the example for authors of VMMs. Included by
# tests/build.mk, behind its own variables.

EXAMPLE := $(T)/example

$(EXAMPLE)/mini-vmm: examples/mini-vmm/mini-vmm.c
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -Wall -Wextra -Werror $< -o $@

$(EXAMPLE)/mini-vmm-hcbpf: examples/mini-vmm/mini-vmm.c examples/mini-vmm/mini-vmm.patch \
		$(BUILD)/lib/libhcbpf.a $(wildcard include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)cp $< $@.c
	$(Q)patch -s -p1 $@.c examples/mini-vmm/mini-vmm.patch
	$(Q)$(CC) -O2 -Wall -Wextra -Werror -Iinclude $@.c $(BUILD)/lib/libhcbpf.a -lz -o $@

$(T_LAB)/test_threads: tests/library/test_threads.c tests/lab/lab.c $(LIBGUEST) \
		$(BUILD)/lib/libhcbpf.a $(wildcard tests/lab/*.h user/libguest/kvm.h include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) -Iuser/libguest $(filter %.c %.a,$^) \
		$(T_LIBBPF_LIBS) -lcmocka -pthread -o $@

$(T_LAB)/library.sh: tests/library/library.sh
	@mkdir -p $(@D)
	$(Q)cp $< $@

LIBRARY_FILES := $(EXAMPLE)/mini-vmm $(EXAMPLE)/mini-vmm-hcbpf $(T_LAB)/test_threads \
	$(T_LAB)/library.sh
CHECK_SUITES += library
TEST_FILES += $(LIBRARY_FILES)

.PHONY: check-library
check-library: $(LIBRARY_FILES) $(T_LAB_FILES) $(MODULE) $(BUILD)/bin/hcbpf $(USER_LIB)
	@tests/lab/suite $(TAP_DIR)/library.tap sh -c \
		'tests/library/abi $(USER_LIB) $(USER_ALIB) && tests/vm/run --smp 2 $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t --add $(EXAMPLE)/mini-vmm:/usr/local/bin/ \
		--add $(EXAMPLE)/mini-vmm-hcbpf:/usr/local/bin/ -- $(LAB_SUITE) library'

# SPDX-License-Identifier: GPL-2.0-only
#
# The library's ABI, its manners, and the example for authors of VMMs. Included by
# tests/build.mk.

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

$(T_LAB)/test_threads: tests/library/test_threads.c $(S)/lib/lab.c $(LAB_LIBS) $(LAB_HEADERS)
	$(lab_program)

$(T_LAB)/library.sh: tests/library/library.sh
	@mkdir -p $(@D)
	$(Q)cp $< $@

LIBRARY_FILES := $(EXAMPLE)/mini-vmm $(EXAMPLE)/mini-vmm-hcbpf $(T_LAB)/test_threads \
	$(T_LAB)/library.sh
TEST_FILES += $(LIBRARY_FILES)

.PHONY: check-library
check-library: $(LIBRARY_FILES) $(LAB_COMMON) $(MODULE) $(BUILD)/bin/hcbpf $(USER_LIB)
	@$(S)/lib/suite $(TAP_DIR)/library.tap sh -c \
		'tests/library/abi $(USER_LIB) $(USER_ALIB) && tests/lab/run --smp 2 $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t --add $(EXAMPLE)/mini-vmm:/usr/local/bin/ \
		--add $(EXAMPLE)/mini-vmm-hcbpf:/usr/local/bin/ -- $(LAB_SUITE) library'

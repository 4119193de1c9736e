# SPDX-License-Identifier: GPL-2.0-only
#
# The Rust crate. Cargo knows what to build anew, so that is part of the suite; and who
# builds the other tests needs no Rust. Included by tests/build.mk.

$(T_LAB)/rust.sh $(T_LAB)/libtest.sh: $(T_LAB)/%: tests/rust/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

RUST_FILES := $(T_LAB)/rust.sh $(T_LAB)/libtest.sh
TEST_FILES += $(RUST_FILES)

RUST_BUILD = $(if $(SYSROOT),tests/rust/cross $(BUILD) $(CC),tests/rust/crate $(BUILD))

.PHONY: check-rust
check-rust: $(RUST_FILES) $(LAB_COMMON) $(MODULE) $(BUILD)/bin/hcbpf $(USER_LIB) $(USER_ALIB)
	@$(S)/lib/suite $(TAP_DIR)/rust.tap sh -c \
		'$(RUST_BUILD) && tests/lab/run --smp 2 $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t --add $(BUILD)/rust/lab:/lab/rust -- $(LAB_SUITE) rust'

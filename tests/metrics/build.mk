# SPDX-License-Identifier: GPL-2.0-only
#
# What `hcbpf metrics` says in the lab, read by Prometheus itself, here. Included by
# tests/build.mk.

$(T_LAB)/metrics.sh: tests/metrics/metrics.sh
	@mkdir -p $(@D)
	$(Q)cp $< $@

TEST_FILES += $(T_LAB)/metrics.sh

.PHONY: check-metrics
check-metrics: $(T_LAB)/metrics.sh $(LAB_COMMON) $(MODULE) $(BUILD)/bin/hcbpf
	@scripts/setup metrics
	@$(S)/lib/suite $(TAP_DIR)/metrics.tap tests/metrics/run $(BUILD)/prometheus \
		tests/lab/run --smp 2 --add $(T_LAB):/lab/t -- $(LAB_SUITE) metrics

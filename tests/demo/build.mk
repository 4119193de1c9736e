# SPDX-License-Identifier: GPL-2.0-only
#
# What `make demo` shows: the reference VMM and the cost meter, in the lab. Included by
# tests/build.mk.

DEMO_COST := $(BUILD)/bin/hcbpf-cost
demo_cost_obj := $(patsubst %,$(BUILD)/%.o,tests/demo/cost.c tests/bench/lab.c)

$(demo_cost_obj): $(BUILD)/%.o: % tests/demo/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

$(DEMO_COST): $(demo_cost_obj) $(BENCH_PATHS) $(LIBGUEST) $(BUILD)/lib/libhcbpf.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -pthread $(LDFLAGS) $^ -lz -o $@

.PHONY: run-demo
run-demo: $(MODULE) $(BUILD)/bin/hcbpf $(EXAMPLE_VMM) $(DEMO_COST)
	@tests/demo/run

-include $(demo_cost_obj:.o=.d)

# SPDX-License-Identifier: GPL-2.0-only
#
# WALK_SEED=N walks others, from N, which is not 0.
WALK_TABLES ?= 1000000
WALK_SEED ?= 4711
LAB_ENV_walk := WALKS=$(WALK_TABLES) SEED=$(WALK_SEED)

# They have parts of the module that is tested.
$(foreach name,$(LAB_MODULES_walk),$(call lab_module,$(name))): $(KMOD_SOURCES)

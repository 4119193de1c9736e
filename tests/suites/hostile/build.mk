# SPDX-License-Identifier: GPL-2.0-only
#
# HOSTILE_SEED=N makes other choices. HOSTILE_SECONDS=N is how long it lasts: short, but
# with a debug kernel ten minutes.
HOSTILE_SEED ?= 1
HOSTILE_SECONDS ?= $(if $(filter debug-%,$(KERNEL)),600,16)
LAB_ENV_hostile := HOSTILE_SEED=$(HOSTILE_SEED) HOSTILE_SECONDS=$(HOSTILE_SECONDS)
LAB_PROGRAMS_hostile := $(addprefix $(T_LAB)/,hostile_vmm hostile_vcpu hostile_guest neighbour)

hostile_sources = $(patsubst %,$(S)/hostile/%.c,$1 attack)
$(T_LAB)/hostile_vmm: $(call hostile_sources,hostile_vmm files seat requests sleepy)
$(T_LAB)/hostile_vcpu: $(call hostile_sources,hostile_vcpu files)
$(T_LAB)/hostile_guest: $(call hostile_sources,hostile_guest machine)
$(T_LAB)/neighbour: $(call hostile_sources,neighbour)
ifeq ($(ARCH),arm64)
$(T_LAB)/hostile_guest: $(S)/sdei/guest.S
endif

$(LAB_PROGRAMS_hostile): $(LAB_LIBS) $(LAB_HEADERS)
	$(lab_program)

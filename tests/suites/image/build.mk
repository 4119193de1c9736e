# SPDX-License-Identifier: GPL-2.0-only
#
# The container image, run in the lab by podman as a node runs it. With a target of its own, since it
# builds the image first, and needs buildah and podman, which the other suites have no use for.
# The lab's time is for a busy machine: a container takes two seconds on a quiet one.

.PHONY: check-image
check-image: $(LAB_COMMON) $(MODULE) $(BUILD)/bin/hcbpf
	@scripts/setup image
	@$(MAKE) image
	@$(S)/lib/suite $(TAP_DIR)/image.tap tests/lab/run --smp 2 --mem 2048 --timeout 1500 \
		--add $(T_LAB):/lab/t --add $(BUILD)/podman:/lab/podman \
		--add $(BUILD)/image/hcbpf.tar:/lab/image.tar --add packaging/kubernetes:/lab/kubernetes \
		-- sh /lab/t/suite.sh image

# SPDX-License-Identifier: GPL-2.0-only
#
# Kubernetes' objects against the types that their readers publish, the files in them with the
# command, in the image's root. Included by tests/build.mk.

.PHONY: check-manifests
check-manifests: $(BUILD)/bin/hcbpf
	@scripts/setup manifests
	@tests/suites/lib/suite $(TAP_DIR)/manifests.tap tests/manifests/manifests $(BUILD)

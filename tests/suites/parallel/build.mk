# SPDX-License-Identifier: GPL-2.0-only
#
# In no list: it takes all CPUs for minutes. Checkers make calls slower, and KCSAN's reports
# are many.
PARALLEL_CALLS ?= $(if $(filter debian-%,$(KERNEL)),10000000,400000)
LAB_ENV_parallel := CALLS=$(PARALLEL_CALLS)
LAB_MORE_parallel := $(if $(filter kcsan-%,$(KERNEL)),--mem 2048 --append log_buf_len=16M)
check-parallel: LAB_TIMEOUT := 1800

# SPDX-License-Identifier: GPL-2.0-only
LAB_MORE_host := --add packaging:/lab/packaging

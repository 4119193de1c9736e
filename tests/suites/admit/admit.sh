# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# Hooking KVM takes long, and a thousand VMs one after the other are not about that.
load_module linger=10000
mount -t cgroup2 none /sys/fs/cgroup
echo +memory > /sys/fs/cgroup/cgroup.subtree_control
run ./test_admit_uapi
run ./test_admit
run ./test_admit_name
run ./test_admit_policy
run ./test_admit_life
run_long ./test_admit_storm

# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# The container image on a host: the containers of packaging/kubernetes/daemonset.yaml, one after
# the other, with the rights and the mounts that they have there, but by podman.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

# ---- podman, on a machine that has been made for it; its folders go with the machine

export LD_LIBRARY_PATH=/lab/podman/lib PATH="$PATH:/lab/podman/bin"
export CONTAINERS_CONF=/tmp/containers.conf CONTAINERS_STORAGE_CONF=/tmp/storage.conf
mkdir -p /etc/containers /var/tmp
echo '{"default": [{"type": "insecureAcceptAnything"}]}' > /etc/containers/policy.json
# conmon starts it without our environment.
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec /lab/podman/bin/crun "$@"\n' $LD_LIBRARY_PATH > /tmp/crun
chmod 755 /tmp/crun
# The root of the lab is its initramfs, which cannot be pivoted away from.
cat > $CONTAINERS_CONF <<-EOT
	[engine]
	cgroup_manager = "cgroupfs"
	events_logger = "none"
	no_pivot_root = true
	conmon_path = ["/lab/podman/bin/conmon"]
	runtime = "crun"
	[engine.runtimes]
	crun = ["/tmp/crun"]
	[network]
	network_backend = "cni"
EOT
cat > $CONTAINERS_STORAGE_CONF <<-EOT
	[storage]
	driver = "vfs"
	graphroot = "/tmp/graph"
	runroot = "/run/graph"
EOT
mount -t cgroup2 none /sys/fs/cgroup

# contain OPTION... IMAGE VERB...: a container of the image as the DaemonSet's are, less what
# makes it privileged.
contain() {
	podman run --rm --pid=host --network=none --read-only \
		-v /sys/fs/bpf:/sys/fs/bpf -v /tmp/admission:/etc/hcbpf/admission:ro \
		-v /tmp/templates:/etc/hcbpf/templates:ro "$@"
}
node() { contain --privileged "$image" "$@"; }
# node_says "what" "text" VERB...
node_says() {
	tap_name=$1 tap_text=$2
	shift 2
	tap_status=0
	tap_output=$(node "$@" 2>&1) || tap_status=$?
	[ $tap_status != 0 ] || echo "$tap_output" | grep -qF -- "$tap_text" || tap_status=1
	tap_result $tap_status "$tap_name" "node $* (should say '$tap_text'): $tap_output"
}

cp -r /lab/kubernetes/templates /tmp/
mkdir /tmp/admission /tmp/features
cp /lab/kubernetes/admission.yaml /tmp/admission/

ok "podman takes the image" podman load -q -i /lab/image.tar
version=$(hcbpf --version | cut -d' ' -f2)
image=localhost/hcbpf:$version
is "it has its version" "$(podman image inspect -f \
	'{{index .Config.Labels "org.opencontainers.image.version"}}' "$image")" "$version"

# ---- from nothing to a node that is ready

ok "the module is loaded by the node's modprobe" node module
ok "it is" test -c /dev/hcbpf
ok "another time, nothing is to be done" node module
contain "$image" policies > /tmp/out 2>&1
ok "without privilege, it says what is missing" grep -q "it has to be privileged" /tmp/out
ok "policies, templates and rules are loaded" node policies
says "the host has the policy" standard policy list
says "and the rules" default_web-1 admit list
node_says "which are those of the files" '"difference":null' -j admit list
ok "another time, they stay" node policies
ok "a node that is ready says so to a probe" node probe -j

# ---- VMs of the host

mkfifo /tmp/ready
idlevm -name idle-1 > /tmp/ready &
idle=$!
read -r _ < /tmp/ready
node_says "a container binds a VM of the host" 'bound to policy "standard"' vm attach --name idle-1
says "the host sees it" idle-1 vm list
node_says "a container sees it, too" idle-1 vm list

chgrp kvm /dev/hcbpf
chmod 660 /dev/hcbpf
echo 'qemu:x:107:999:qemu:/tmp:/bin/sh' >> /etc/passwd
pod=/sys/fs/cgroup/kubepods.slice/kubepods-podabc.slice/cri-containerd-1234.scope
mkdir -p $pod
# start_guest NAME: as KubeVirt starts QEMU: in a Pod's cgroup, as user 107.
start_guest() {
	rm -f /tmp/calls /tmp/answers
	mkfifo /tmp/calls /tmp/answers
	sh -c "echo \$\$ > $pod/cgroup.procs; exec as-user qemu talker plain -name guest=$1,debug-threads=on" \
		< /tmp/calls > /tmp/answers &
	guest=$!
	exec 7> /tmp/calls 8< /tmp/answers
	read -r _ _ <&8
	echo 1 >&7
	read -r _ <&8
}
end_guest() {
	exec 7>&- 8<&-
	wait $guest
}
start_guest default_web-1
says "a VM of a Pod is bound by the rule for its name" '"template":"sealed"' -j vm show --name default_web-1
end_guest
start_guest other_web-1
says "and one of another name by that for all" '"template":"kubevirt"' -j vm show --name other_web-1
end_guest

# ---- a mistake stops what is new, and what is in force stays

sed -i 's/template: sealed/template: seald/' /tmp/admission/admission.yaml
not "rules with a mistake are refused" node policies
rm /tmp/admission/admission.yaml
not "and so is a volume without rules" node policies
says "those before are still in force" default_web-1 admit list

# ---- the label

podman run -d --name ready --privileged --pid=host --network=none --read-only \
	-v /sys/fs/bpf:/sys/fs/bpf -v /tmp/features:/etc/kubernetes/node-feature-discovery/features.d \
	--tmpfs /run "$image" ready > /tmp/out 2>&1
# A probe in a container of a busy machine takes its time.
for _ in 1 2 3 4 5 6; do
	eventually test -e /tmp/features/hcbpf.feature && break
done
ok "a node that is ready gets its label" grep -q hcbpf.ready=true /tmp/features/hcbpf.feature
ok "the container ends when told to" podman stop -t 10 ready
is "by itself" "$(podman inspect -f '{{.State.ExitCode}}' ready)" 0
not "and the label is gone" test -e /tmp/features/hcbpf.feature

# ---- all of it is the kernel's

says "what was loaded is there without containers" standard policy list
kill $idle
wait $idle 2> /dev/null
ok "admission is switched off" hcbpf admit clear
ok "the policy is unloaded" hcbpf unload standard
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1

# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that know hcbpf's interface and mean harm, as an ordinary user, beside
# neighbours who do not. All chance comes from HOSTILE_SEED; HOSTILE_SECONDS is for all
# of it. What the kernel has to say ends the run, whatever the programs think of it.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

groups=/sys/fs/cgroup/hostile
# In MB, what the attackers may take. They are killed, and the test fails, when it is more:
# what they take is bounded by what they do and by the module, not by this.
attackers=$groups/attackers attackers_mb=${HOSTILE_MB:-384}
# And those who are to be killed for it, wherever they are just then.
poor=$groups/poor poor_mb=2
# What may be left: the kernel keeps some for the next one (1.4 MB were seen; with a
# reference to each binding lost it is 5.4), and KASAN's quarantine keeps what was freed, up
# to this part of all memory.
rest_mb=3
if grep -q ' kasan_quarantine_put$' /proc/kallsyms; then
	rest_mb=$((rest_mb + $(awk '/MemTotal/ { print $2 }' /proc/meminfo) / 32 / 1024))
fi

export HOSTILE_SEED="${HOSTILE_SEED:-1}" HOSTILE_SECONDS="${HOSTILE_SECONDS:-16}"
share=$((HOSTILE_SECONDS / 4))

calm() { rm /sys/fs/bpf/standard && unload_module; }
mb() { echo $(($(cat "$1") >> 20)); }
no_more_than() { [ "$1" -le "$2" ]; }
nobody_left() { [ ! -s "$1/cgroup.procs" ]; }
killed_for_memory() { grep -q 'oom_kill [1-9]' "$1/memory.events"; }
rest_is_small() { no_more_than "$(mb "$1/memory.current")" $rest_mb; }
slab_kb() { awk '/SUnreclaim/ { print $2 }' /proc/meminfo; }

# group DIRECTORY MB: for so much memory. The attackers may go from one into the other.
group() {
	mkdir "$1"
	echo "$2M" > "$1/memory.max"
	chown vmm1 "$1/cgroup.procs"
}

# attack PROGRAM: as vmm1.
attack() {
	HOSTILE_SECONDS=$share sh -c "echo 0 > $attackers/cgroup.procs; exec as-user vmm1 ./$1"
}

mount -t cgroup2 none /sys/fs/cgroup
echo +memory > /sys/fs/cgroup/cgroup.subtree_control
mkdir $groups
echo +memory > $groups/cgroup.subtree_control
chown vmm1 $groups/cgroup.procs
group $attackers "$attackers_mb"
group $poor $poor_mb
# An ordinary user may make memory sleep.
echo 1 > /proc/sys/vm/unprivileged_userfaultfd

if [ "$(uname -m)" = aarch64 ]; then load_module sdei=1; else load_module; fi
guest load standard.bpf.o /sys/fs/bpf/standard
slab_before=$(slab_kb)

./neighbour vmm2 2000 /tmp/over > /tmp/neighbour &
neighbour=$!
for program in hostile_vmm hostile_vcpu hostile_guest; do
	run attack $program
done
# The kernel reports each kill at length: not in the short form.
[ "$HOSTILE_SECONDS" -lt 60 ] || HOSTILE_POOR=$poor run attack hostile_vcpu
: > /tmp/over
wait $neighbour
is "the neighbour's calls were all answered, and signalled once each" $? 0
cat /tmp/neighbour

ok "no attacker is left" eventually nobody_left $attackers
ok "they took no more memory than they may" \
	no_more_than "$(mb $attackers/memory.peak)" "$attackers_mb"
not "nor were they killed for it" killed_for_memory $attackers
[ "$HOSTILE_SECONDS" -lt 60 ] || ok "those without memory were" killed_for_memory $poor
ok "no binding is left" guest wait-vms 0 10000
ok "what the attackers took is given back" eventually rest_is_small $attackers
ok "and what those without memory took" eventually rest_is_small $poor
echo "# the attackers took up to $(mb $attackers/memory.peak) MB of $attackers_mb;" \
	"$(($(cat $attackers/memory.current) >> 10)) KB are left;" \
	"unreclaimable slabs: $(($(slab_kb) - slab_before)) KB more"
grep '^oom_kill ' $poor/memory.events | sed 's/^/# without memory: /'
ok "the module unloads" calm
run done_testing

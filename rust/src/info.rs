// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! What there is to know of a binding, and its counters.

use crate::error::check;
use crate::strings::text;
use crate::{sys, Abi, Result, Vm};
use std::mem::{size_of, MaybeUninit};

impl Vm {
    /// What there is to know of the binding at this moment.
    pub fn info(&self) -> Result<Info> {
        let mut info = MaybeUninit::<sys::hcbpf_vm_info>::zeroed();
        let size = size_of::<sys::hcbpf_vm_info>();
        // SAFETY: there is room for `size` bytes.
        check(unsafe { sys::hcbpf_vm_info_sz(self.raw(), info.as_mut_ptr(), size) })?;
        // SAFETY: any bytes are one of these.
        Ok(Info::new(&unsafe { info.assume_init() }))
    }

    /// The counters since the VM was bound. Each is exact for calls that had finished before.
    pub fn stats(&self) -> Result<Stats> {
        let mut stats = MaybeUninit::<sys::hcbpf_vm_stats>::zeroed();
        let size = size_of::<sys::hcbpf_vm_stats>();
        // SAFETY: there is room for `size` bytes.
        check(unsafe { sys::hcbpf_vm_stats_sz(self.raw(), stats.as_mut_ptr(), size) })?;
        // SAFETY: any bytes are one of these.
        Ok(Stats::new(&unsafe { stats.assume_init() }))
    }
}

/// What [`Vm::info`] tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Info {
    /// The binding's id.
    pub id: u32,
    /// The binding has ended, by [`Vm::unbind`], the operator, or the end of the VM.
    pub ended: bool,
    /// No policy is loaded under the name that the VM is bound to: calls pass, but for those
    /// that the rules deny.
    pub no_policy: bool,
    /// Arguments are found in registered buffers and at physical addresses only.
    pub encrypted: bool,
    /// The ABI as it was asked for.
    pub abi: Abi,
    /// Size of the port table.
    pub nr_ports: u32,
    /// Slots that have an eventfd.
    pub nr_eventfds: u32,
    /// The process that created the VM, in the initial pid namespace; 0: it has gone.
    pub pid: i32,
    /// Its user at that time, as the caller's namespace sees it.
    pub uid: u32,
    /// Bytes that the binding takes in the kernel.
    pub memory: u64,
    /// Name of the policy.
    pub policy: String,
    /// The tag, or nothing.
    pub tag: String,
    /// The profile that the rules are said to be, or nothing.
    pub profile: String,
    /// How many rules there are.
    pub nr_rules: u32,
    /// Times that they were changed.
    pub rules_generation: u32,
    /// Of these, times that calls were added under a running guest.
    pub rules_forced: u32,
    /// Exits that the VMM has not completed.
    pub pending_exits: u32,
    /// Generation of the page attributes.
    pub page_generation: u64,
    /// Bytes that the map of page attributes takes; part of `memory`.
    pub page_memory: u64,
    /// Buffers that the guest has registered.
    pub nr_buffers: u32,
    /// How many it may for each vCPU, and as many for all.
    pub buffer_limit: u32,
    /// The policy's parameter.
    pub param: u64,
}

impl Info {
    fn new(raw: &sys::hcbpf_vm_info) -> Info {
        let is = |bit| raw.state & bit != 0;
        Info {
            id: raw.id,
            ended: is(sys::HCBPF_VM_ENDED),
            no_policy: is(sys::HCBPF_VM_NO_POLICY),
            encrypted: is(sys::HCBPF_VM_ENCRYPTED),
            abi: Abi(raw.abi),
            nr_ports: raw.nr_ports,
            nr_eventfds: raw.nr_eventfds,
            pid: raw.pid,
            uid: raw.uid,
            memory: raw.memory,
            policy: text(&raw.policy),
            tag: text(&raw.tag),
            profile: text(&raw.profile),
            nr_rules: raw.nr_rules,
            rules_generation: raw.rules_generation,
            rules_forced: raw.rules_forced,
            pending_exits: raw.pending_exits,
            page_generation: raw.gpa_generation,
            page_memory: raw.gpa_memory,
            nr_buffers: raw.nr_buffers,
            buffer_limit: raw.buffer_limit,
            param: raw.param,
        }
    }
}

/// What [`Vm::stats`] tells: calls, summed over all CPUs, unless it says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Answered in the kernel.
    pub done: u64,
    /// Passed by the policy.
    pub pass: u64,
    /// Passed, since the policy gave no valid verdict.
    pub bad_verdict: u64,
    /// Passed or denied without a policy, since it was not loaded.
    pub no_policy: u64,
    /// Of the guest's programs rather than its kernel, without the policy being asked.
    pub user_mode: u64,
    /// Of nested guests or with encrypted registers, without the policy being asked.
    pub nested: u64,
    /// Eventfds signalled.
    pub signals: u64,
    /// Times that guest memory could not be read.
    pub faults: u64,
    /// Sent to the VMM by the policy.
    pub exits: u64,
    /// Changes of page attributes.
    pub page_changes: u64,
    /// Changes of page attributes that were not recorded.
    pub page_failures: u64,
    /// Arguments found in registered buffers.
    pub buffer_hits: u64,
    /// Arguments looked for there in vain.
    pub buffer_misses: u64,
    /// Arguments that took a walk of the guest's page tables.
    pub walks: u64,
}

impl Stats {
    fn new(raw: &sys::hcbpf_vm_stats) -> Stats {
        Stats {
            done: raw.done,
            pass: raw.pass,
            bad_verdict: raw.bad_verdict,
            no_policy: raw.no_policy,
            user_mode: raw.user_mode,
            nested: raw.nested,
            signals: raw.signals,
            faults: raw.faults,
            exits: raw.exits,
            page_changes: raw.gpa_sets,
            page_failures: raw.gpa_failures,
            buffer_hits: raw.buffer_hits,
            buffer_misses: raw.buffer_misses,
            walks: raw.walks,
        }
    }
}

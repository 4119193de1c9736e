// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! SDEI: events that reach a guest's CPU even with interrupts off. arm64.

use crate::error::{check, ENOENT};
use crate::{sys, Result, Vm};
use std::mem::{size_of, MaybeUninit};

/// What became of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SdeiSignal {
    /// The event is pending, and its vCPU has been woken.
    Signalled,
    /// It was pending already: the handler runs once for both.
    Coalesced,
    /// The guest has no handler for it.
    Ignored,
}

/// An event on one vCPU. The counters run since the vCPU was created on this host.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SdeiState {
    /// The vCPU, as KVM_CREATE_VCPU was given it.
    pub vcpu_id: u32,
    /// The guest has a handler for the event.
    pub registered: bool,
    /// And has enabled it.
    pub enabled: bool,
    /// The handler runs.
    pub running: bool,
    /// Signalled, and not delivered yet.
    pub pending: bool,
    /// The vCPU takes no events.
    pub masked: bool,
    /// Guest address of the handler; 0: none.
    pub entry: u64,
    /// What the handler gets as its argument.
    pub arg: u64,
    /// Times that it was signalled.
    pub signals: u64,
    /// Of these, while it was pending already.
    pub coalesced: u64,
    /// Of these, while there was no handler.
    pub ignored: u64,
    /// Times that it was taken back.
    pub cancelled: u64,
    /// Times that the handler was entered.
    pub delivered: u64,
}

impl SdeiState {
    fn new(raw: &sys::hcbpf_sdei_state) -> SdeiState {
        let is = |bit| raw.state & bit != 0;
        SdeiState {
            vcpu_id: raw.vcpu_id,
            registered: is(sys::HCBPF_SDEI_REGISTERED),
            enabled: is(sys::HCBPF_SDEI_ENABLED),
            running: is(sys::HCBPF_SDEI_RUNNING),
            pending: is(sys::HCBPF_SDEI_IS_PENDING),
            masked: is(sys::HCBPF_SDEI_MASKED),
            entry: raw.entry,
            arg: raw.arg,
            signals: raw.signals,
            coalesced: raw.coalesced,
            ignored: raw.ignored,
            cancelled: raw.cancelled,
            delivered: raw.delivered,
        }
    }
}

impl Vm {
    /// Make an event pending on a vCPU and wake it; event 0 is the software event.
    ///
    /// `EOPNOTSUPP`: the VM or this vCPU has no SDEI. `ENOENT`: no such vCPU. `EINVAL`: no such
    /// event. `ENODEV`.
    pub fn sdei_signal(&self, vcpu_id: u32, event: u32) -> Result<SdeiSignal> {
        // SAFETY: the handle is valid as long as self is.
        let ret = check(unsafe { sys::hcbpf_sdei_signal(self.raw(), vcpu_id, event) })?;
        Ok(match ret {
            sys::HCBPF_SDEI_COALESCED => SdeiSignal::Coalesced,
            sys::HCBPF_SDEI_IGNORED => SdeiSignal::Ignored,
            _ => SdeiSignal::Signalled,
        })
    }

    /// Take a pending event back. `EALREADY`: it is not pending, or not any more. Otherwise as
    /// [`Vm::sdei_signal`].
    pub fn sdei_cancel(&self, vcpu_id: u32, event: u32) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_sdei_cancel(self.raw(), vcpu_id, event) }).map(|_| ())
    }

    /// An event's state on the first vCPU whose id is not below `vcpu_id`; `None` behind the
    /// last one. `EOPNOTSUPP`, `EINVAL`, `ENODEV`.
    pub fn sdei_state(&self, vcpu_id: u32, event: u32) -> Result<Option<SdeiState>> {
        let mut state = MaybeUninit::<sys::hcbpf_sdei_state>::zeroed();
        let size = size_of::<sys::hcbpf_sdei_state>();
        // SAFETY: there is room for `size` bytes.
        let ret =
            unsafe { sys::hcbpf_sdei_get_sz(self.raw(), vcpu_id, event, state.as_mut_ptr(), size) };
        match check(ret) {
            // SAFETY: any bytes are one of these.
            Ok(_) => Ok(Some(SdeiState::new(&unsafe { state.assume_init() }))),
            Err(error) if error.errno() == ENOENT => Ok(None),
            Err(error) => Err(error),
        }
    }
}

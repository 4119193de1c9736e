// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Which calls a guest makes, what becomes of them, and how long it takes to decide.

use crate::error::check;
use crate::lists::copy_list;
use crate::{sys, Abi, Result, Vm};
use std::ptr;

/// Calls of one kind: an ABI, a number and, for Xen's calls, a sub-operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Seen(sys::hcbpf_seen);

impl Seen {
    /// Its ABI; [`Abi::AUTO`]: calls of kinds that are not told apart.
    pub const fn abi(&self) -> Abi {
        Abi(self.0.abi as u32)
    }

    /// Its number.
    pub const fn nr(&self) -> u32 {
        self.0.nr
    }

    /// Its sub-operation. `None`: it has none, or one larger than 0xfffffe.
    pub const fn sub(&self) -> Option<u32> {
        if self.0.sub == sys::HCBPF_RULE_ANY {
            None
        } else {
            Some(self.0.sub)
        }
    }

    /// Calls that were left to KVM.
    pub const fn pass(&self) -> u64 {
        self.0.count[0]
    }

    /// Calls that were answered.
    pub const fn done(&self) -> u64 {
        self.0.count[1]
    }

    /// Calls that were given to the VMM.
    pub const fn exits(&self) -> u64 {
        self.0.count[2]
    }

    /// How many decisions took how long: [`Calls::below_ns`] says what a place here means.
    pub const fn times(&self) -> &[u64; sys::HCBPF_SEEN_TIMES] {
        &self.0.times
    }
}

/// What was counted, of all CPUs together. Counts are not of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    ticks_khz: u32,
    /// By ABI, number and sub-operation; those that are not told apart come last.
    pub seen: Vec<Seen>,
}

impl Calls {
    /// Decisions in this place of [`Seen::times`] took less than so many nanoseconds; in the
    /// last place, or longer. 0 for a place that there is not.
    pub fn below_ns(&self, place: usize) -> u64 {
        if place >= sys::HCBPF_SEEN_TIMES || self.ticks_khz == 0 {
            return 0;
        }
        let khz = u64::from(self.ticks_khz);
        ((1_000_000 << place) + khz - 1) / khz
    }
}

impl Vm {
    /// Begin to count the guest's calls, from zero. `EALREADY`, `ENODEV`, `ENOMEM`.
    pub fn observe(&self) -> Result<()> {
        // SAFETY: the handle is valid as long as self is.
        check(unsafe { sys::hcbpf_vm_observe(self.raw(), sys::HCBPF_OBSERVE_ON) }).map(|_| ())
    }

    /// End that, and forget all that was counted. `EALREADY`, `ENODEV`.
    pub fn stop_observing(&self) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_vm_observe(self.raw(), 0) }).map(|_| ())
    }

    /// Are its calls counted? `ENODEV`, `ENOMEM`.
    pub fn is_observed(&self) -> Result<bool> {
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_vm_is_observed(self.raw()) }).map(|is| is > 0)
    }

    /// What was counted so far. `ENOENT`: the VM is not observed. `ENODEV`, `ENOMEM`.
    pub fn calls(&self) -> Result<Calls> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is where the library puts what it has read, which it has done if it
        // returns 0 and which is freed once. A Seen is the C struct and nothing else.
        unsafe {
            check(sys::hcbpf_vm_calls(self.raw(), &mut raw))?;
            let seen = copy_list((*raw).kinds.cast(), (*raw).nr);
            let ticks_khz = (*raw).ticks_khz;
            sys::hcbpf_calls_free(raw);
            seen.map(|seen| Calls { ticks_khz, seen })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(abi: Abi, sub: u32) -> Seen {
        Seen(sys::hcbpf_seen {
            nr: 32,
            sub,
            abi: abi.0 as u8,
            reserved: [0; 7],
            count: [1, 2, 3],
            times: [0; sys::HCBPF_SEEN_TIMES],
        })
    }

    #[test]
    fn a_kind_tells_what_became_of_it() {
        let send = seen(Abi::XEN, 4);
        assert_eq!((send.abi(), send.nr(), send.sub()), (Abi::XEN, 32, Some(4)));
        assert_eq!((send.pass(), send.done(), send.exits()), (1, 2, 3));
        assert_eq!(seen(Abi::KVM, sys::HCBPF_RULE_ANY).sub(), None);
    }

    #[test]
    fn times_are_nanoseconds() {
        let calls = Calls {
            ticks_khz: 2_000_000,
            seen: vec![],
        };
        assert_eq!((calls.below_ns(0), calls.below_ns(5)), (1, 16));
        assert_eq!(calls.below_ns(28), 0);
        assert_eq!(
            Calls {
                ticks_khz: 0,
                ..calls
            }
            .below_ns(5),
            0
        );
    }
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Following the page attributes while they change.

use crate::batch::Batch;
use crate::error::check;
use crate::{sys, Error, PageRange, Result, Vm};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

impl Vm {
    /// Follow the map. Rounds may have more in them than what has changed. `ENOMEM`.
    pub fn follow(&self) -> Result<Follower<'_>> {
        Follower::new(self, 0)
    }

    /// The same, with rounds that are exact, to 4 MiB in the worst case. One follower of a VM
    /// at a time can have that: the one that began a round last.
    pub fn follow_exactly(&self) -> Result<Follower<'_>> {
        Follower::new(self, sys::HCBPF_GPA_FOLLOW)
    }
}

/// Follows the page attributes, in rounds: the first has the whole map, each further one
/// what has changed since the one before began. For pre-copy migration: one round for each
/// pass over memory, and one when the guest is paused.
///
/// ```no_run
/// # fn send(_: hcbpf::PageRange) {}
/// # fn paused() -> bool { true }
/// fn migrate(vm: &hcbpf::Vm) -> hcbpf::Result<()> {
///     let mut follower = vm.follow_exactly()?;
///     loop {
///         let last = paused();
///         for range in follower.round() {
///             send(range?);
///         }
///         if last {
///             return Ok(());
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Follower<'vm> {
    raw: NonNull<sys::hcbpf_gpa_follower>,
    batch: Batch,
    complete: bool,
    vm: PhantomData<&'vm Vm>,
}

// SAFETY: one thread at a time may use it, whichever that is. It is not Sync.
unsafe impl Send for Follower<'_> {}

impl Drop for Follower<'_> {
    fn drop(&mut self) {
        // SAFETY: it is ours and whole, and the handle that it is for still is there.
        unsafe { sys::hcbpf_gpa_follower_free(self.raw.as_ptr()) }
    }
}

impl<'vm> Follower<'vm> {
    fn new(vm: &'vm Vm, flags: u32) -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is where the library puts a follower.
        check(unsafe { sys::hcbpf_gpa_follower_new(vm.raw(), flags, &mut raw) })?;
        Ok(Follower {
            raw: NonNull::new(raw).ok_or(Error::ENOMEM)?,
            batch: Batch::new(),
            complete: false,
            vm: PhantomData,
        })
    }

    /// The next round, or what is left of one that was not read to its end. Changes made before
    /// a round begins are in it or were in an earlier one.
    pub fn round(&mut self) -> Round<'_, 'vm> {
        Round {
            follower: self,
            failed: false,
        }
    }

    /// The map's generation when the round began that was read from last.
    pub fn generation(&self) -> u64 {
        // SAFETY: the follower is valid as long as self is.
        unsafe { sys::hcbpf_gpa_follower_generation(self.raw.as_ptr()) }
    }
}

/// The iterator of [`Follower::round`]. It ends after an error, which loses nothing: the next
/// [`Follower::round`] goes on where this one has stopped. `ENODEV`, `ENOMEM`.
#[derive(Debug)]
pub struct Round<'a, 'vm> {
    follower: &'a mut Follower<'vm>,
    failed: bool,
}

impl Iterator for Round<'_, '_> {
    type Item = Result<PageRange>;

    fn next(&mut self) -> Option<Self::Item> {
        let follower = &mut *self.follower;
        while !self.failed {
            if let Some(range) = follower.batch.pop() {
                return Some(Ok(range));
            }
            if follower.complete {
                follower.complete = false;
                break;
            }
            let raw = follower.raw.as_ptr();
            // SAFETY: the batch has room for as many ranges as it says.
            let got = follower
                .batch
                .fill(|ranges, nr| unsafe { sys::hcbpf_gpa_follow(raw, ranges, nr) });
            match got {
                Ok(more) => follower.complete = more == 0,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        self.failed = true;
        None
    }
}

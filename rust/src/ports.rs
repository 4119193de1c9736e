// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Eventfds in slots, and ports that name slots.

use crate::error::{check, ENOENT};
use crate::strings::Name;
use crate::vm::fd_of;
use crate::{sys, Result, Vm};
use std::os::unix::io::{AsFd, FromRawFd, OwnedFd};
use std::ptr;

/// What the table has for a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Word(
    /// As `<hcbpf/port.h>` describes it; 0: the port is not set.
    pub u64,
);

impl Word {
    /// Is there something in it?
    pub fn is_set(self) -> bool {
        self.0 != 0
    }

    /// The slot whose eventfd the port signals, if signalling is what it does.
    pub fn slot(self) -> Option<u32> {
        let action = self.0 >> sys::HCBPF_PORT_ACTION_SHIFT;
        (action == u64::from(sys::HCBPF_PORT_EVENTFD)).then_some(self.0 as u32)
    }
}

/// For a backend: have a port of the VM with that tag, whether it is there yet or not, until
/// what this returns is dropped. The kernel holds a reference of its own to `eventfd`.
///
/// `EEXIST`: another claim has the port. `EBUSY`: the VMM has. `ERANGE`: it is beyond the VM's
/// table. `ENOSPC`: the user has too many claims. `EINVAL`: no tag, or no eventfd. `ENODEV`,
/// `EACCES` as [`Vm::bind`]; `ENOTTY`: the module is too old. `ENOMEM`, `EMFILE`, `ENFILE`.
pub fn claim_port(tag: &str, port: u32, eventfd: impl AsFd) -> Result<OwnedFd> {
    let tag = Name::new(Some(tag))?;
    let fd = fd_of(&eventfd);
    // SAFETY: the tag lives until the call returns, and the holder may be NULL.
    let claim = check(unsafe { sys::hcbpf_port_claim(tag.as_ptr(), port, fd, ptr::null_mut()) })?;
    // SAFETY: it is a descriptor that nobody else has.
    Ok(unsafe { OwnedFd::from_raw_fd(claim) })
}

impl Vm {
    /// Put an eventfd into a slot; one that is there is replaced, and when this returns gets no
    /// further signal. The kernel holds a reference of its own, so `eventfd` may be closed.
    ///
    /// `EINVAL`: no eventfd. `ERANGE`: the slot is not below the size of the port table.
    /// `ENODEV`, `ENOMEM`.
    pub fn set_eventfd(&self, slot: u32, eventfd: impl AsFd) -> Result<()> {
        let fd = fd_of(&eventfd);
        // SAFETY: the handle is valid as long as self is.
        check(unsafe { sys::hcbpf_vm_set_eventfd(self.raw(), slot, fd) }).map(|_| ())
    }

    /// The same, but `EEXIST` if the slot is in use: for a VM whose slots several share.
    pub fn add_eventfd(&self, slot: u32, eventfd: impl AsFd) -> Result<()> {
        let fd = fd_of(&eventfd);
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_vm_add_eventfd(self.raw(), slot, fd) }).map(|_| ())
    }

    /// Empty a slot. When this returns its eventfd gets no further signal. `ENOENT`: it is
    /// empty. `ERANGE`, `ENODEV`.
    pub fn clear_eventfd(&self, slot: u32) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_vm_clear_eventfd(self.raw(), slot) }).map(|_| ())
    }

    /// The slots that have an eventfd, ascending. Each is looked at when its turn comes.
    /// `ENODEV`.
    pub fn eventfds(&self) -> Eventfds<'_> {
        Eventfds {
            vm: self,
            next: Some(0),
        }
    }

    /// Have sends on a port signal the eventfd of a slot. One store into the table that is
    /// shared with the kernel: no system call but at the first time, effective at once, also
    /// while the guest runs.
    ///
    /// `ERANGE`: the port is not below the size of the table. `ENOMEM`: it cannot be mapped.
    pub fn set_port(&self, port: u32, slot: u32) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_port_set(self.raw(), port, slot) }).map(|_| ())
    }

    /// Have sends on a port exit to the VMM again. As [`Vm::set_port`].
    pub fn delete_port(&self, port: u32) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_port_del(self.raw(), port) }).map(|_| ())
    }

    /// What the table has for a port. `ERANGE`.
    pub fn port(&self, port: u32) -> Result<Word> {
        let mut word = 0;
        // SAFETY: as above, and `word` is there to be written.
        check(unsafe { sys::hcbpf_port_get(self.raw(), port, &mut word) })?;
        Ok(Word(word))
    }

    /// The ports that are set, by ascending number. Each is looked at when its turn comes.
    pub fn ports(&self) -> Ports<'_> {
        Ports {
            vm: self,
            next: Some(0),
        }
    }
}

/// The iterator of [`Vm::ports`]. It ends after an error.
#[derive(Clone, Debug)]
pub struct Ports<'vm> {
    vm: &'vm Vm,
    next: Option<u32>,
}

impl Iterator for Ports<'_> {
    type Item = Result<(u32, Word)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut port = self.next.take()?;
        let mut word = 0;
        // SAFETY: the handle is valid as long as it is borrowed.
        let ret = unsafe { sys::hcbpf_port_next(self.vm.raw(), &mut port, &mut word) };
        match check(ret) {
            Ok(_) => {
                self.next = port.checked_add(1);
                Some(Ok((port, Word(word))))
            }
            Err(error) if error.errno() == ENOENT => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// The iterator of [`Vm::eventfds`]. It ends after an error.
#[derive(Clone, Debug)]
pub struct Eventfds<'vm> {
    vm: &'vm Vm,
    next: Option<u32>,
}

impl Iterator for Eventfds<'_> {
    type Item = Result<u32>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut slot = self.next.take()?;
        // SAFETY: the handle is valid as long as it is borrowed.
        match check(unsafe { sys::hcbpf_vm_next_eventfd(self.vm.raw(), &mut slot) }) {
            Ok(_) => {
                self.next = slot.checked_add(1);
                Some(Ok(slot))
            }
            Err(error) if error.errno() == ENOENT => None,
            Err(error) => Some(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_signals_names_a_slot() {
        assert_eq!(Word(0x1_0000_0007).slot(), Some(7));
        assert_eq!(Word(0x1_ffff_ffff).slot(), Some(u32::MAX));
    }

    #[test]
    fn other_words_name_none() {
        assert_eq!(Word(7).slot(), None);
        assert_eq!(Word(0x2_0000_0007).slot(), None);
        assert_eq!(Word(0x101_0000_0007).slot(), None);
        assert!(!Word::default().is_set());
        assert!(Word(7).is_set());
    }
}

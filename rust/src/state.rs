// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! The state of a whole VM, to be saved and given to another.

use crate::error::{check_state, no_refusal};
use crate::lists::{copy_list, take_bytes};
use crate::strings::text;
use crate::vm::fd_of;
use crate::{sys, Abi, Buffer, Force, Result, Rule, Snapshot, Vm, Word};
use std::os::unix::io::AsFd;
use std::ptr;

impl Vm {
    /// The VM's state: how it is bound, its rules, profile, ports, buffers and page attributes.
    /// To be called with the guest paused, and sent with its memory. Eventfds are not in it:
    /// whoever restores fills the slots anew.
    ///
    /// `ENODEV`: the binding has ended. `E2BIG`: beyond the format's limits. `EINVAL`: the table
    /// has a word that [`Vm::set_port`] does not make, and no host would take. `EAGAIN`: the guest
    /// changes it faster than it can be read; pause it. `ENOMEM`.
    pub fn save(&self) -> Result<Vec<u8>> {
        take_bytes(|data, size| {
            // SAFETY: `data` and `size` are there to be written.
            unsafe { sys::hcbpf_vm_save(self.raw(), data, size) }
        })
    }

    /// Bind a VM as the saved one was, and give it its state: all of it, or the VM is not
    /// bound. Then [`Vm::set_eventfd`] for each slot, before the guest runs.
    ///
    /// `EBADMSG`: the state was refused, see [`Error::refusal`](crate::Error::refusal).
    /// Otherwise as [`Vm::bind`] and [`Vm::restore`].
    pub fn bind_saved(vm_fd: impl AsFd, data: &[u8]) -> Result<Vm> {
        let mut why = no_refusal();
        let (from, size) = (data.as_ptr().cast(), data.len());
        let mut ret = 0;
        let vm = Vm::from_call(|vm| {
            // SAFETY: `data` lives until the call returns.
            ret = unsafe { sys::hcbpf_vm_bind_saved(fd_of(&vm_fd), from, size, vm, &mut why) };
            ret
        });
        check_state(ret, &why)?;
        vm
    }

    /// Give a VM that is bound already the rules, profile, ports, buffers and page attributes
    /// of the saved one: all of them, or it stays as it is.
    ///
    /// `EBADMSG`: as [`Vm::bind_saved`], also for a VM with another policy or ABI, or too few
    /// ports. `ENOENT`: its policy is not loaded. `EBUSY`: see [`Force`]. `EAGAIN`: as
    /// [`Vm::save`]. `ENODEV`, `ENOMEM`.
    pub fn restore(&self, data: &[u8], force: Force) -> Result<()> {
        let mut why = no_refusal();
        let (from, size) = (data.as_ptr().cast(), data.len());
        // SAFETY: as above.
        let ret = unsafe { sys::hcbpf_vm_restore(self.raw(), from, size, force.flags(), &mut why) };
        check_state(ret, &why)
    }
}

/// What is in saved state, for people and tools.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Saved {
    /// Name of the policy.
    pub policy: String,
    /// The tag, or nothing.
    pub tag: String,
    /// The profile, or nothing.
    pub profile: String,
    /// As the VM was bound with it.
    pub abi: Abi,
    /// Size of the port table.
    pub nr_ports: u32,
    /// By ascending ABI, number and sub-operation.
    pub rules: Vec<Rule>,
    /// The ports that are set, ascending.
    pub ports: Vec<(u32, Word)>,
    /// The guest's memory is encrypted.
    pub encrypted: bool,
    /// The policy's parameter.
    pub param: u64,
    /// By ascending vCPU and address.
    pub buffers: Vec<Buffer>,
    /// The page attributes, with 0 as their generation; `None`: all pages have 0.
    pub pages: Option<Snapshot>,
}

impl Saved {
    /// Read saved state, of anybody. Needs no hcbpf on this host. `EBADMSG`: it was refused, see
    /// [`Error::refusal`](crate::Error::refusal). `ENOMEM`.
    pub fn read(data: &[u8]) -> Result<Saved> {
        let mut why = no_refusal();
        let mut raw = ptr::null_mut();
        let (from, size) = (data.as_ptr().cast(), data.len());
        // SAFETY: `data` lives until the call returns.
        let ret = unsafe { sys::hcbpf_state_read(from, size, &mut raw, &mut why) };
        check_state(ret, &why)?;
        // SAFETY: it succeeded, so `raw` is whole, and it is freed once.
        unsafe {
            let saved = Saved::copy(&*raw);
            sys::hcbpf_state_free(raw);
            saved
        }
    }

    /// # Safety
    /// The arrays of `raw` are as long as it says.
    unsafe fn copy(raw: &sys::hcbpf_saved) -> Result<Saved> {
        // SAFETY: as the caller promises; Rule and Buffer are the C structs.
        let (rules, set, buffers, pages) = unsafe {
            (
                copy_list(raw.rules.cast::<Rule>(), raw.nr_rules)?,
                copy_list(raw.set, raw.nr_set)?,
                copy_list(raw.buffers.cast::<Buffer>(), raw.nr_buffers)?,
                raw.attributes.as_ref().map(|map| Snapshot::copy(map)),
            )
        };
        Ok(Saved {
            policy: text(&raw.policy),
            tag: text(&raw.tag),
            profile: text(&raw.profile),
            abi: Abi(raw.abi),
            nr_ports: raw.nr_ports,
            rules,
            ports: set.iter().map(|set| (set.port, Word(set.word))).collect(),
            encrypted: raw.flags & sys::HCBPF_BIND_ENCRYPTED != 0,
            param: raw.param,
            buffers,
            pages: pages.transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_state_is_refused_with_the_reason() {
        let refused = [
            (&b""[..], sys::HCBPF_STATE_NOT_STATE),
            (b"hcbpf", sys::HCBPF_STATE_TRUNCATED),
            (&[0; 4096], sys::HCBPF_STATE_NOT_STATE),
        ];
        for (data, reason) in refused {
            let error = Saved::read(data).unwrap_err();
            assert_eq!(error.refusal().unwrap().reason, reason);
            assert_eq!(error.to_string(), error.refusal().unwrap().text);
            assert!(!error.to_string().is_empty());
        }
    }
}

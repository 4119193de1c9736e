// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Buffers of hypercall arguments that the guest has registered.

use crate::error::check;
use crate::lists::read_list;
use crate::{sys, Result, Vm};

/// A buffer that the guest has registered, for one vCPU or for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Buffer(sys::hcbpf_buffer);

impl Buffer {
    /// `size` bytes at guest virtual address `va`, which are at guest physical `gpa`; `vcpu` as
    /// KVM_CREATE_VCPU was given it, or `None` for all of them.
    pub const fn new(va: u64, gpa: u64, size: u64, vcpu: Option<u32>) -> Buffer {
        Buffer(sys::hcbpf_buffer {
            va,
            gpa,
            size,
            vcpu: match vcpu {
                Some(id) => id,
                None => sys::HCBPF_BUFFER_ANY_VCPU,
            },
            reserved: 0,
        })
    }

    /// Guest virtual address.
    pub const fn va(&self) -> u64 {
        self.0.va
    }

    /// Guest physical address.
    pub const fn gpa(&self) -> u64 {
        self.0.gpa
    }

    /// Bytes.
    pub const fn size(&self) -> u64 {
        self.0.size
    }

    /// Id of the vCPU; `None`: all.
    pub const fn vcpu(&self) -> Option<u32> {
        if self.0.vcpu == sys::HCBPF_BUFFER_ANY_VCPU {
            None
        } else {
            Some(self.0.vcpu)
        }
    }
}

impl From<sys::hcbpf_buffer> for Buffer {
    fn from(raw: sys::hcbpf_buffer) -> Buffer {
        Buffer(raw)
    }
}

impl Vm {
    /// The buffers that the guest has registered, to carry them over to another host.
    /// `ENODEV`, `ENOMEM`.
    pub fn buffers(&self) -> Result<Vec<Buffer>> {
        let mut buffers = Vec::new();
        let raw = self.raw();
        read_list(&mut buffers, |to: *mut Buffer, nr| {
            // SAFETY: there is room for `nr` buffers, which are the C struct.
            unsafe { sys::hcbpf_buffers_get(raw, to.cast(), nr) }
        })?;
        Ok(buffers)
    }

    /// Replace them all, or do nothing; with none, take them away, as on a reset.
    ///
    /// `EINVAL`: one is empty, wraps around or is of an impossible vCPU. `EEXIST`: two
    /// overlap. `ENOSPC`: more than the limit, or of a vCPU from 512 on. `E2BIG`, `ENODEV`,
    /// `ENOMEM`.
    pub fn set_buffers(&self, buffers: &[Buffer]) -> Result<()> {
        // A Buffer is the C struct and nothing else.
        let raw = buffers.as_ptr().cast();
        // SAFETY: `buffers` lives until the call returns.
        check(unsafe { sys::hcbpf_buffers_set(self.raw(), raw, buffers.len()) }).map(|_| ())
    }

    /// How many the guest may register for each vCPU, and as many for all. `ERANGE`: more than
    /// 1024. `EPERM`: more than the host allows. `ENODEV`.
    pub fn set_buffer_limit(&self, limit: u32) -> Result<()> {
        // SAFETY: the handle is valid as long as self is.
        check(unsafe { sys::hcbpf_vm_set_buffer_limit(self.raw(), limit) }).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_of_one_vcpu_or_of_all() {
        assert_eq!(Buffer::new(1, 2, 3, Some(0)).vcpu(), Some(0));
        assert_eq!(Buffer::new(1, 2, 3, None).vcpu(), None);
    }
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Bindings: making, finding and ending them.

use crate::error::check;
use crate::strings::Name;
use crate::{sys, Abi, Result};
use std::mem::size_of;
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::ptr::{self, NonNull};

/// How a VM is to be bound. What is not said is the library's default.
#[derive(Clone, Copy, Debug, Default)]
pub struct BindOptions<'a> {
    policy: Option<&'a str>,
    tag: Option<&'a str>,
    abi: Abi,
    nr_ports: u32,
    flags: u32,
    param: u64,
}

impl<'a> BindOptions<'a> {
    /// The policy "standard", no tag, the ABI as KVM is configured, 131,072 ports, 0 as the
    /// parameter.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of a policy that the operator has loaded.
    pub fn policy(mut self, name: &'a str) -> Self {
        self.policy = Some(name);
        self
    }

    /// What `hcbpf vm list` shows beside the VM: up to 31 of `A-Za-z0-9_.-`.
    pub fn tag(mut self, tag: &'a str) -> Self {
        self.tag = Some(tag);
        self
    }

    /// The convention that the guest's calls follow.
    pub fn abi(mut self, abi: Abi) -> Self {
        self.abi = abi;
        self
    }

    /// Size of the port table, and of that of the slots. It takes memory where it is used only.
    pub fn ports(mut self, nr: u32) -> Self {
        self.nr_ports = nr;
        self
    }

    /// The guest's memory is encrypted, and KVM may not know it (`KVM_SEV_INIT`).
    pub fn encrypted(mut self) -> Self {
        self.flags |= sys::HCBPF_BIND_ENCRYPTED;
        self
    }

    /// A word for the policy, which means what the policy says.
    pub fn param(mut self, param: u64) -> Self {
        self.param = param;
        self
    }
}

/// A handle of a VM's binding.
///
/// The binding ends with the VM or by [`Vm::unbind`], not when the handle is dropped: a VMM
/// that changes nothing later need not keep it. May be used by several threads at once. Once
/// the binding has ended, calls fail with `ENODEV`; [`Vm::info`] and [`Vm::stats`] go on.
#[derive(Debug)]
pub struct Vm {
    raw: NonNull<sys::hcbpf_vm>,
}

// SAFETY: the library allows all calls on a handle from any thread and at once, but for
// hcbpf_vm_close(), which only drop() calls, when nobody else has the handle.
unsafe impl Send for Vm {}
// SAFETY: as above.
unsafe impl Sync for Vm {}

impl Drop for Vm {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and whole, and nothing that borrows it is left.
        unsafe { sys::hcbpf_vm_close(self.raw.as_ptr()) }
    }
}

impl Vm {
    /// Bind a VM, given the file descriptor of `KVM_CREATE_VM`, which the binding does not
    /// keep open.
    ///
    /// `ENODEV`: this host has no hcbpf, or its module is not loaded. `EACCES`: `/dev/hcbpf` may
    /// not be opened. `ENOENT`: no policy of that name is loaded. `EEXIST`: the VM is bound
    /// already, see [`Vm::open`]. `EINVAL`: no VM, or a name, tag or ABI that cannot be.
    /// `E2BIG`: too many ports. `EBUSY`: KVM cannot be hooked, and the kernel's log says why.
    /// `ENOMEM`, `EMFILE`, `ENFILE`. None of these is a reason not to run the guest.
    pub fn bind(vm_fd: impl AsFd, options: &BindOptions<'_>) -> Result<Vm> {
        let policy = Name::new(options.policy)?;
        let tag = Name::new(options.tag)?;
        let opts = sys::hcbpf_bind_opts {
            sz: size_of::<sys::hcbpf_bind_opts>(),
            policy: policy.as_ptr(),
            tag: tag.as_ptr(),
            abi: options.abi.0,
            nr_ports: options.nr_ports,
            flags: options.flags,
            param: options.param,
            claimant: 0,
        };
        // SAFETY: `opts` and the names that it points to live until the call returns.
        Self::from_call(|vm| unsafe { sys::hcbpf_vm_bind(fd_of(&vm_fd), &opts, vm) })
    }

    /// A handle for a VM that is bound already, by this process or another. `ENOENT`: it is
    /// not bound. `EINVAL`: no VM. `ENODEV`, `EACCES`, `ENOMEM`, `EMFILE`, `ENFILE`.
    pub fn open(vm_fd: impl AsFd) -> Result<Vm> {
        // SAFETY: `vm` is where the library puts a handle.
        Self::from_call(|vm| unsafe { sys::hcbpf_vm_open(fd_of(&vm_fd), vm) })
    }

    /// The same by the binding's id, as `hcbpf vm list` shows it. `EPERM`: that takes
    /// CAP_SYS_ADMIN. Otherwise as [`Vm::open`].
    pub fn open_id(id: u32) -> Result<Vm> {
        // SAFETY: as above.
        Self::from_call(|vm| unsafe { sys::hcbpf_vm_open_id(id, vm) })
    }

    /// Have `call` make a handle, which it does if it returns 0.
    pub(crate) fn from_call(
        call: impl FnOnce(*mut *mut sys::hcbpf_vm) -> std::os::raw::c_int,
    ) -> Result<Vm> {
        let mut raw = ptr::null_mut();
        check(call(&mut raw))?;
        NonNull::new(raw)
            .map(|raw| Vm { raw })
            .ok_or(crate::Error::ENOMEM)
    }

    pub(crate) fn raw(&self) -> *mut sys::hcbpf_vm {
        self.raw.as_ptr()
    }

    /// End the binding: the VM goes on without hcbpf, and every send exits again. When this
    /// returns no policy runs for the VM any more, and its eventfds are released. `ENODEV`: it
    /// has ended already.
    pub fn unbind(&self) -> Result<()> {
        // SAFETY: the handle is valid as long as self is.
        check(unsafe { sys::hcbpf_vm_unbind(self.raw()) }).map(|_| ())
    }

    /// The binding's id: never 0, and not another VM's soon.
    pub fn id(&self) -> u32 {
        // SAFETY: as above.
        unsafe { sys::hcbpf_vm_id(self.raw()) }
    }

    /// Give the policy another parameter. Calls that are under way may still see the old one.
    /// `ENODEV`.
    pub fn set_param(&self, param: u64) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_vm_set_param(self.raw(), param) }).map(|_| ())
    }
}

pub(crate) fn fd_of(fd: &impl AsFd) -> RawFd {
    fd.as_fd().as_raw_fd()
}

/// The binding's own file descriptor, close-on-exec: `ioctl` and `mmap` on it are all that a
/// sandbox has to allow. It stays open as long as the handle.
///
/// `poll` or `epoll` on it, with no events asked for, says `POLLHUP` once the binding has
/// ended, as when the operator detaches the VM. Sends exit from then on; drop the handle, whose
/// file keeps the module from being unloaded.
impl AsFd for Vm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the handle owns it and closes it when dropped.
        unsafe { BorrowedFd::borrow_raw(self.as_raw_fd()) }
    }
}

impl AsRawFd for Vm {
    fn as_raw_fd(&self) -> RawFd {
        // SAFETY: the handle is valid as long as self is.
        unsafe { sys::hcbpf_vm_fd(self.raw()) }
    }
}

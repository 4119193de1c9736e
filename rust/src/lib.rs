// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! hcbpf for VMMs in Rust: the guest's hypercalls handled in the kernel, by a policy that
//! the operator of the host has loaded.
//!
//! A VMM binds its VM after `KVM_CREATE_VM`, and says which ports of its guest have which
//! eventfd behind them. From then on a send on such a port signals the eventfd without an
//! exit. On a host without hcbpf the VMM runs as it would have run without this crate.
//!
//! ```no_run
//! use hcbpf::{BindOptions, Vm};
//! use std::os::unix::io::{BorrowedFd, OwnedFd};
//!
//! /// `None`: the guest's sends go on exiting to the VMM, which serves them as always.
//! fn serve_in_kernel(vm_fd: BorrowedFd<'_>, port: u32, device: &OwnedFd) -> Option<Vm> {
//!     let vm = match Vm::bind(vm_fd, &BindOptions::new().tag("guest-1")) {
//!         Ok(vm) => vm,
//!         Err(error) => {
//!             eprintln!("the VM runs without hcbpf: {error}");
//!             return None;
//!         }
//!     };
//!     let slot = 0;
//!     vm.set_eventfd(slot, device).and_then(|()| vm.set_port(port, slot)).ok()?;
//!     Some(vm)
//! }
//! ```
//!
//! File descriptors are taken as [`AsFd`](std::os::unix::io::AsFd). For a type that has only
//! `AsRawFd`, as those of kvm-ioctls and vmm-sys-util do, it is
//! `unsafe { BorrowedFd::borrow_raw(fd.as_raw_fd()) }` as long as that value lives.
//!
//! Nothing here prints, starts threads, or panics on what the kernel, the guest or a file
//! says. Errors are the library's: see [`Error`]. [`sys`] has what is below, for what is
//! not here.

#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

mod abi;
mod batch;
mod buffers;
mod error;
mod features;
mod follow;
mod info;
mod lists;
mod observe;
mod pages;
mod ports;
mod rules;
mod sdei;
mod state;
mod strings;
pub mod sys;
mod vm;

pub use abi::Abi;
pub use buffers::Buffer;
pub use error::{Error, Partial, Refusal, Result};
pub use features::{cpuid_leaves, CpuidLeaf};
pub use follow::{Follower, Round};
pub use info::{Info, Stats};
pub use observe::{Calls, Seen};
pub use pages::{Attr, PageRange, PageRanges, Snapshot};
pub use ports::{claim_port, Eventfds, Ports, Word};
pub use rules::{Action, Force, Rule, Rules, RulesOptions};
pub use sdei::{SdeiSignal, SdeiState};
pub use state::Saved;
pub use vm::{BindOptions, Vm};

/// The version of the library that the program runs with: major and minor number.
pub fn library_version() -> (u16, u16) {
    // SAFETY: takes nothing and cannot fail.
    let version = unsafe { sys::libhcbpf_version() };
    ((version >> 16) as u16, version as u16)
}

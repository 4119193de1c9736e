// SPDX-License-Identifier: GPL-2.0-only
//! error[E0716]: options name a tag that is gone when they are used.
use hcbpf::{BindOptions, Vm};
use std::os::unix::io::BorrowedFd;

pub fn bind(vm_fd: BorrowedFd<'_>, id: u32) -> hcbpf::Result<Vm> {
    let options = BindOptions::new().tag(&format!("vm-{id}"));
    Vm::bind(vm_fd, &options)
}

// SPDX-License-Identifier: GPL-2.0-only
//! error[E0505]: the binding's descriptor is used after the handle has closed it.
use hcbpf::Vm;
use std::os::unix::io::{AsFd, AsRawFd};

pub fn number(vm: Vm) -> i32 {
    let fd = vm.as_fd();
    drop(vm);
    fd.as_raw_fd()
}

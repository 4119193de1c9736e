// SPDX-License-Identifier: GPL-2.0-only
//! error[E0515]: a follower leaves the function that owns the handle.
use hcbpf::{Follower, Vm};

pub fn follow(vm: Vm) -> Follower<'static> {
    vm.follow().unwrap()
}

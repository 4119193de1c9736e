// SPDX-License-Identifier: GPL-2.0-only
//! error[E0505]: what reads the port table goes on after the handle.
use hcbpf::Vm;

pub fn count(vm: Vm) -> usize {
    let ports = vm.ports();
    drop(vm);
    ports.count()
}

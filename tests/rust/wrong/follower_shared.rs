// SPDX-License-Identifier: GPL-2.0-only
//! error[E0277]: threads share a follower, which is for one at a time.
use hcbpf::Follower;
use std::thread;

pub fn share(follower: &Follower<'_>) {
    thread::scope(|scope| {
        scope.spawn(|| follower.generation());
        scope.spawn(|| follower.generation());
    });
}

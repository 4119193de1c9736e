// SPDX-License-Identifier: GPL-2.0-only
//! error[E0499]: two rounds of one follower at once.
use hcbpf::Follower;

pub fn both(follower: &mut Follower<'_>) -> usize {
    let one = follower.round();
    let other = follower.round();
    one.count() + other.count()
}

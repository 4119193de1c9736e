// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Ranges of pages on their way from the kernel: fetched many at once, handed out singly.

use crate::error::check;
use crate::{sys, Attr, PageRange, Result};
use std::os::raw::c_int;

const EMPTY: PageRange = PageRange::new(0, 0, Attr(0));

/// Ranges that one call to the kernel fetches.
const ROOM: usize = 128;

/// Some of what was fetched is still to be handed out.
#[derive(Debug)]
pub(crate) struct Batch {
    ranges: Box<[PageRange; ROOM]>,
    next: usize,
    nr: usize,
}

impl Batch {
    pub(crate) fn new() -> Batch {
        Batch {
            ranges: Box::new([EMPTY; ROOM]),
            next: 0,
            nr: 0,
        }
    }

    pub(crate) fn pop(&mut self) -> Option<PageRange> {
        let range = self.ranges[..self.nr].get(self.next).copied()?;
        self.next += 1;
        Some(range)
    }

    /// Have `get` fetch the next ones. It must leave the batch empty when it fails.
    pub(crate) fn fill(
        &mut self,
        get: impl FnOnce(*mut sys::hcbpf_gpa_range, *mut usize) -> c_int,
    ) -> Result<i32> {
        let mut nr = ROOM;
        self.next = 0;
        self.nr = 0;
        let ret = check(get(self.ranges.as_mut_ptr().cast(), &mut nr))?;
        self.nr = nr.min(ROOM);
        Ok(ret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill_with(batch: &mut Batch, nr_ranges: usize, ret: i32) -> Result<i32> {
        batch.fill(|ranges, nr| {
            for i in 0..nr_ranges.min(ROOM) {
                unsafe {
                    ranges
                        .add(i)
                        .write(PageRange::new(i as u64, 1, Attr(0)).into())
                };
            }
            unsafe { *nr = nr_ranges };
            ret
        })
    }

    #[test]
    fn a_batch_hands_out_each_range_once() {
        let mut batch = Batch::new();
        assert_eq!(batch.pop(), None);
        assert_eq!(fill_with(&mut batch, 2, 1), Ok(1));
        assert_eq!(batch.pop().unwrap().gfn(), 0);
        assert_eq!(batch.pop().unwrap().gfn(), 1);
        assert_eq!(batch.pop(), None);
    }

    #[test]
    fn a_batch_that_failed_is_empty() {
        let mut batch = Batch::new();
        assert_eq!(fill_with(&mut batch, 2, -19).unwrap_err().errno(), 19);
        assert_eq!(batch.pop(), None);
    }

    #[test]
    fn a_batch_has_no_more_than_its_room() {
        let mut batch = Batch::new();
        fill_with(&mut batch, ROOM + 1, 0).unwrap();
        assert_eq!(std::iter::from_fn(|| batch.pop()).count(), ROOM);
    }
}

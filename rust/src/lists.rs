// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Arrays of C's, in vectors of our own.

use crate::error::check;
use crate::{Error, Result};
use std::os::raw::{c_int, c_void};
use std::{ptr, slice};

/// A copy of an array of C's. `ENOMEM`.
///
/// # Safety
/// `nr` elements of type `T` are at `from`, or `nr` is 0.
pub(crate) unsafe fn copy_list<T: Copy>(from: *const T, nr: usize) -> Result<Vec<T>> {
    let mut list = Vec::new();
    if nr > 0 {
        list.try_reserve_exact(nr).map_err(|_| Error::ENOMEM)?;
        // SAFETY: as the caller promises.
        list.extend_from_slice(unsafe { slice::from_raw_parts(from, nr) });
    }
    Ok(list)
}

/// Read a list of what may grow while it is read: `get` gets room for `*nr` elements, and
/// sets it to how many there are.
pub(crate) fn read_list<T>(
    list: &mut Vec<T>,
    mut get: impl FnMut(*mut T, *mut usize) -> c_int,
) -> Result<()> {
    let mut room = 0;
    loop {
        list.try_reserve_exact(room).map_err(|_| Error::ENOMEM)?;
        let mut nr = room;
        let to = if room == 0 {
            ptr::null_mut()
        } else {
            list.as_mut_ptr()
        };
        check(get(to, &mut nr))?;
        if nr <= room {
            // SAFETY: `get` has written `nr` elements, and there was room for them.
            unsafe { list.set_len(nr) };
            return Ok(());
        }
        room = nr;
    }
}

extern "C" {
    /// Of the C library, which std is linked with.
    fn free(data: *mut c_void);
}

/// Bytes that `make` has allocated, in a vector of our own.
pub(crate) fn take_bytes(
    make: impl FnOnce(*mut *mut c_void, *mut usize) -> c_int,
) -> Result<Vec<u8>> {
    let (mut data, mut size) = (ptr::null_mut(), 0);
    check(make(&mut data, &mut size))?;
    // SAFETY: `make` succeeded, so there are `size` bytes, which it left to us.
    unsafe {
        let bytes = copy_list(data.cast::<u8>(), size);
        free(data);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_is_an_empty_one() {
        assert!(unsafe { copy_list::<u64>(ptr::null(), 0) }
            .unwrap()
            .is_empty());
    }

    #[test]
    fn a_list_that_grows_is_read_again() {
        let mut list = Vec::new();
        let mut sizes = vec![2, 2, 1];
        read_list(&mut list, |to: *mut u64, nr| {
            let room = unsafe { *nr };
            let now = sizes.pop().unwrap_or(0);
            for i in 0..now.min(room) {
                unsafe { to.add(i).write(i as u64) };
            }
            unsafe { *nr = now };
            0
        })
        .unwrap();
        assert_eq!(list, [0, 1]);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_an_error() {
        let mut list: Vec<u64> = Vec::new();
        let error = read_list(&mut list, |_, _| -19).unwrap_err();
        assert_eq!(error.errno(), 19);
        assert!(list.is_empty());
    }

    #[test]
    fn a_list_that_there_is_no_memory_for_is_an_error() {
        let mut list: Vec<u64> = Vec::new();
        let error = read_list(&mut list, |_, nr| {
            unsafe { *nr = usize::MAX };
            0
        });
        assert_eq!(error, Err(Error::ENOMEM));
    }

    #[test]
    fn bytes_that_were_not_made_are_not_freed() {
        assert_eq!(take_bytes(|_, _| -19).unwrap_err().errno(), 19);
    }
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Names on their way to C and back.

use crate::{Error, Result};
use std::ffi::CString;
use std::os::raw::c_char;
use std::ptr;

/// A name for C, NULL for none. EINVAL: there is a NUL in it.
pub(crate) struct Name(Option<CString>);

impl Name {
    pub(crate) fn new(name: Option<&str>) -> Result<Name> {
        let name = name.map(CString::new).transpose();
        Ok(Name(name.map_err(|_| Error::EINVAL)?))
    }

    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.0.as_ref().map_or(ptr::null(), |name| name.as_ptr())
    }
}

/// What is before the first NUL, or all of it. Bytes that are no UTF-8 are replaced.
pub(crate) fn text(field: &[c_char]) -> String {
    let bytes: Vec<u8> = field
        .iter()
        .map(|&c| c as u8)
        .take_while(|&b| b != 0)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(bytes: &[u8]) -> Vec<c_char> {
        bytes.iter().map(|&b| b as c_char).collect()
    }

    #[test]
    fn text_ends_at_the_first_nul() {
        assert_eq!(text(&chars(b"xen\0old\0")), "xen");
    }

    #[test]
    fn text_without_a_nul_ends_with_the_field() {
        assert_eq!(text(&chars(b"full")), "full");
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn text_that_is_no_utf8_is_no_panic() {
        assert_eq!(text(&chars(b"a\xff\0")), "a\u{fffd}");
    }

    #[test]
    fn a_name_with_a_nul_is_refused() {
        assert_eq!(Name::new(Some("a\0b")).err(), Some(Error::EINVAL));
    }

    #[test]
    fn no_name_is_null() {
        assert!(Name::new(None).unwrap().as_ptr().is_null());
        assert!(!Name::new(Some("")).unwrap().as_ptr().is_null());
    }
}

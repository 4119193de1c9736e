// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! What goes wrong.

use crate::strings::text;
use crate::sys;
use std::os::raw::c_int;
use std::{error, fmt, io};

/// What every call of the crate fails with.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed: an errno, and for state that was refused (`EBADMSG`) the reason.
///
/// Which errno means what is said at each call. Converts into [`io::Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    errno: i32,
    refusal: Option<Refusal>,
}

/// Why saved state was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// One of `sys::HCBPF_STATE_NOT_STATE` and those that follow.
    pub reason: u32,
    /// The type of the section that is to blame, or 0.
    pub section: u32,
    /// For people: "it is damaged: ..."
    pub text: String,
}

// The same on all architectures that there are bindings on.
const EINVAL: i32 = 22;
const ENOMEM: i32 = 12;
pub(crate) const ENOENT: i32 = 2;
const EBADMSG: i32 = 74;

impl Error {
    pub(crate) const EINVAL: Error = Error::new(EINVAL);
    pub(crate) const ENOMEM: Error = Error::new(ENOMEM);

    pub(crate) const fn new(errno: i32) -> Error {
        Error {
            errno,
            refusal: None,
        }
    }

    /// The positive errno, `libc::ENODEV` for example.
    pub fn errno(&self) -> i32 {
        self.errno
    }

    /// Why state was refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.refusal {
            Some(refusal) => f.write_str(&refusal.text),
            None => io::Error::from_raw_os_error(self.errno).fmt(f),
        }
    }
}

impl error::Error for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        match error.refusal {
            Some(_) => io::Error::new(io::ErrorKind::InvalidData, error),
            None => io::Error::from_raw_os_error(error.errno),
        }
    }
}

/// Some of it was done before the call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// How many of the elements, from the first on.
    pub done: usize,
    /// Why the next one was not.
    pub error: Error,
}

impl fmt::Display for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after the first {}", self.error, self.done)
    }
}

impl error::Error for Partial {}

impl From<Partial> for Error {
    fn from(partial: Partial) -> Error {
        partial.error
    }
}

/// What a function of the library returned: a negative errno, or a value.
pub(crate) fn check(ret: c_int) -> Result<c_int> {
    if ret < 0 {
        return Err(Error::new(ret.saturating_neg()));
    }
    Ok(ret)
}

/// The same of a function that says why it refused state.
pub(crate) fn check_state(ret: c_int, why: &sys::hcbpf_state_error) -> Result<()> {
    check(ret).map(|_| ()).map_err(|error| Error {
        refusal: (error.errno == EBADMSG).then(|| Refusal {
            reason: why.reason,
            section: why.section,
            text: text(&why.text),
        }),
        ..error
    })
}

pub(crate) const fn no_refusal() -> sys::hcbpf_state_error {
    sys::hcbpf_state_error {
        reason: sys::HCBPF_STATE_OK,
        section: 0,
        text: [0; 120],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn damaged() -> sys::hcbpf_state_error {
        let mut why = no_refusal();
        why.reason = sys::HCBPF_STATE_CHECKSUM;
        for (to, from) in why.text.iter_mut().zip(b"it is damaged") {
            *to = *from as _;
        }
        why
    }

    #[test]
    fn negative_is_an_errno() {
        assert_eq!(check(-19).unwrap_err().errno(), 19);
        assert_eq!(check(0), Ok(0));
        assert_eq!(check(2), Ok(2));
    }

    #[test]
    fn no_value_is_too_low() {
        assert_eq!(check(c_int::MIN).unwrap_err().errno(), c_int::MAX);
    }

    #[test]
    fn it_reads_as_the_system_says_it() {
        assert!(Error::new(19).to_string().starts_with("No such device"));
        assert_eq!(io::Error::from(Error::new(19)).raw_os_error(), Some(19));
    }

    #[test]
    fn refused_state_has_a_reason() {
        let error = check_state(-EBADMSG, &damaged()).unwrap_err();
        assert_eq!(error.refusal().unwrap().reason, sys::HCBPF_STATE_CHECKSUM);
        assert_eq!(error.to_string(), "it is damaged");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn other_errors_have_none() {
        assert_eq!(check_state(-EINVAL, &damaged()), Err(Error::EINVAL));
    }

    #[test]
    fn partial_is_its_error() {
        let partial = Partial {
            done: 3,
            error: Error::ENOMEM,
        };
        assert!(partial.to_string().ends_with("after the first 3"));
        assert_eq!(Error::from(partial), Error::ENOMEM);
    }
}

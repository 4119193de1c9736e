// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//! Page attributes: which of the guest's pages are encrypted, and by which key.

use crate::batch::Batch;
use crate::error::{check, check_state, no_refusal, Error};
use crate::lists::{copy_list, take_bytes};
use crate::vm::fd_of;
use crate::{sys, Partial, Result, Vm};
use std::os::unix::io::AsFd;
use std::ptr;

/// The attribute word of a page. 0: the host may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Attr(
    /// As `<hcbpf/gpa.h>` describes it.
    pub u32,
);

impl Attr {
    /// Encrypted, where there is only one key.
    pub const ENCRYPTED: Attr = Attr(sys::HCBPF_GPA_ENCRYPTED);

    /// Must the host not expect to read the page?
    pub const fn is_encrypted(self) -> bool {
        self.0 & sys::HCBPF_GPA_ENCRYPTED != 0
    }

    /// The id of the key; 0 where there is only one.
    pub const fn key(self) -> u32 {
        self.0 >> sys::HCBPF_GPA_KEY_SHIFT
    }
}

/// Neighbouring pages, of 4 KiB each, with the same attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct PageRange(sys::hcbpf_gpa_range);

impl PageRange {
    /// `pages` pages from page frame `gfn` on: the guest physical address divided by 4096.
    pub const fn new(gfn: u64, pages: u64, attr: Attr) -> PageRange {
        PageRange(sys::hcbpf_gpa_range {
            gfn,
            npages: pages,
            attr: attr.0,
            reserved: 0,
        })
    }

    /// The first page frame.
    pub const fn gfn(&self) -> u64 {
        self.0.gfn
    }

    /// How many pages.
    pub const fn pages(&self) -> u64 {
        self.0.npages
    }

    /// Their attribute.
    pub const fn attr(&self) -> Attr {
        Attr(self.0.attr)
    }
}

impl From<PageRange> for sys::hcbpf_gpa_range {
    fn from(range: PageRange) -> sys::hcbpf_gpa_range {
        range.0
    }
}

/// The iterator of [`Vm::page_ranges`]. It ends after an error.
#[derive(Debug)]
pub struct PageRanges<'vm> {
    vm: &'vm Vm,
    gfn: u64,
    batch: Batch,
}

impl Iterator for PageRanges<'_> {
    type Item = Result<PageRange>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(range) = self.batch.pop() {
                return Some(Ok(range));
            }
            if self.gfn >= sys::HCBPF_GPA_FRAMES {
                return None;
            }
            let (vm, gfn) = (self.vm.raw(), &mut self.gfn);
            // SAFETY: the batch has room for as many ranges as it says.
            let got = self
                .batch
                .fill(|ranges, nr| unsafe { sys::hcbpf_gpa_get(vm, gfn, ranges, nr) });
            if let Err(error) = got {
                self.gfn = sys::HCBPF_GPA_FRAMES;
                return Some(Err(error));
            }
        }
    }
}

/// The whole map at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Its generation.
    pub generation: u64,
    /// What pages have that are in no range.
    pub default: Attr,
    /// Ascending, without overlaps, each with another attribute than `default`.
    pub ranges: Vec<PageRange>,
}

impl Snapshot {
    /// A copy of what C has.
    ///
    /// # Safety
    /// `ranges` of it are `nr`, or there are none.
    pub(crate) unsafe fn copy(raw: &sys::hcbpf_gpa_snapshot) -> Result<Snapshot> {
        Ok(Snapshot {
            generation: raw.generation,
            default: Attr(raw.default_attr),
            // SAFETY: as the caller promises; a PageRange is the C struct.
            ranges: unsafe { copy_list(raw.ranges.cast(), raw.nr) }?,
        })
    }
}

impl Vm {
    /// The map, by ascending address. Fetched as the iterator goes on, so a map that changes
    /// meanwhile is not one of a single moment: see [`Vm::page_snapshot`]. `ENODEV`, `ENOMEM`.
    pub fn page_ranges(&self) -> PageRanges<'_> {
        PageRanges {
            vm: self,
            gfn: 0,
            batch: Batch::new(),
        }
    }

    /// The whole map at one moment. `EAGAIN`: the guest changes so large a map faster than it
    /// can be read; pause it. `ENODEV`, `ENOMEM`.
    pub fn page_snapshot(&self) -> Result<Snapshot> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is where the library puts a snapshot, which it has done if it returns 0
        // and which is freed once.
        unsafe {
            check(sys::hcbpf_gpa_snapshot(self.raw(), &mut raw))?;
            let snapshot = Snapshot::copy(&*raw);
            sys::hcbpf_gpa_snapshot_free(raw);
            snapshot
        }
    }

    /// Give ranges their attributes, one after the other.
    ///
    /// `EINVAL`: one is malformed, and none was changed. `ENODEV`, `ENOMEM`, `ENOSPC` (the
    /// attributes of some pages alternate too often): those before it are changed.
    pub fn set_pages(&self, ranges: &[PageRange]) -> std::result::Result<(), Partial> {
        let mut done = 0;
        // A PageRange is the C struct and nothing else.
        let raw = ranges.as_ptr().cast();
        // SAFETY: `ranges` lives until the call returns.
        let ret = unsafe { sys::hcbpf_gpa_set(self.raw(), raw, ranges.len(), &mut done) };
        check(ret)
            .map(|_| ())
            .map_err(|error| Partial { done, error })
    }

    /// Make the map what the ranges say, and all other pages `default`, at once or not at all.
    /// `EINVAL`: malformed. `EBUSY`: another one is under way. `EINTR`, `ENODEV`, `ENOMEM`.
    pub fn replace_pages(&self, default: Attr, ranges: &[PageRange]) -> Result<()> {
        let (raw, nr) = (ranges.as_ptr().cast(), ranges.len());
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_gpa_replace(self.raw(), default.0, raw, nr) }).map(|_| ())
    }

    /// Give all pages the map's default: when the guest is reset or starts another kernel.
    /// `ENODEV`, `ENOMEM`.
    pub fn reset_pages(&self) -> Result<()> {
        // SAFETY: the handle is valid as long as self is.
        check(unsafe { sys::hcbpf_gpa_reset(self.raw()) }).map(|_| ())
    }

    /// Have an eventfd signalled when the map changes, and at the end of the binding: one for
    /// each handle. A signal stands for any number of changes; the next comes after the map
    /// has been read. To miss nothing, call this before the first round. The kernel holds a
    /// reference of its own. `EINVAL`: no eventfd. `ENOSPC`: 64 other handles have one.
    /// `ENODEV`, `ENOMEM`.
    pub fn notify_pages(&self, eventfd: impl AsFd) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_gpa_notify(self.raw(), fd_of(&eventfd)) }).map(|_| ())
    }

    /// No more of these. `ENODEV`.
    pub fn stop_notifying_pages(&self) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { sys::hcbpf_gpa_notify_stop(self.raw()) }).map(|_| ())
    }

    /// The map's generation, without a system call but at the first time. After the end of the
    /// binding it is the last one. `ENOMEM`: it cannot be mapped.
    pub fn page_generation(&self) -> Result<u64> {
        let mut generation = 0;
        // SAFETY: `generation` is there to be written.
        check(unsafe { sys::hcbpf_gpa_generation(self.raw(), &mut generation) })?;
        Ok(generation)
    }

    /// The map as bytes, which another host can read. `E2BIG`: some 11 million ranges are too
    /// many. Otherwise as [`Vm::page_snapshot`].
    pub fn export_pages(&self) -> Result<Vec<u8>> {
        take_bytes(|data, size| {
            // SAFETY: `data` and `size` are there to be written.
            unsafe { sys::hcbpf_gpa_export(self.raw(), data, size) }
        })
    }

    /// A bit for each of `npages` pages from `gfn` on, set where the page is encrypted; bit 0 of
    /// byte 0 is page `gfn`. `EINVAL`: no page, or one beyond the last there can be. Otherwise as
    /// [`Vm::page_snapshot`].
    pub fn page_bitmap(&self, gfn: u64, npages: u64) -> Result<Vec<u8>> {
        let whole = npages / 8 + u64::from(npages % 8 != 0);
        let bytes = usize::try_from(whole).map_err(|_| Error::ENOMEM)?;
        let mut bitmap = Vec::new();
        bitmap.try_reserve_exact(bytes).map_err(|_| Error::ENOMEM)?;
        bitmap.resize(bytes, 0u8);
        // SAFETY: `bitmap` has room for a bit of each page.
        check(unsafe {
            sys::hcbpf_gpa_bitmap(self.raw(), gfn, npages, bitmap.as_mut_ptr().cast())
        })?;
        Ok(bitmap)
    }

    /// Make the map what such bytes say, at once or not at all. `EBADMSG`: they were refused,
    /// see [`Error::refusal`](crate::Error::refusal). Otherwise as [`Vm::replace_pages`].
    pub fn import_pages(&self, data: &[u8]) -> Result<()> {
        let mut why = no_refusal();
        let (from, size) = (data.as_ptr().cast(), data.len());
        // SAFETY: `data` lives until the call returns.
        let ret = unsafe { sys::hcbpf_gpa_import(self.raw(), from, size, &mut why) };
        check_state(ret, &why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_above_the_bit() {
        assert_eq!(Attr(0b111).key(), 3);
        assert!(Attr(0b111).is_encrypted());
        assert!(!Attr(0b110).is_encrypted());
        assert_eq!(Attr::ENCRYPTED.key(), 0);
    }
}

//! An allocator that keeps a copy of what is freed.
#![expect(unsafe_code, reason = "an allocator is made of it")]

use core::alloc::{GlobalAlloc, Layout};
use core::mem;
use core::ptr;
use core::slice;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::alloc::System;

/// Blocks below this hold no secret that could be told from chance.
const SMALLEST: usize = 16;

/// Whether freed blocks are copied now.
static RECORDING: AtomicBool = AtomicBool::new(false);
/// The newest copy.
static NEWEST: AtomicPtr<Copied> = AtomicPtr::new(ptr::null_mut());

/// Bytes that were asked for and not given back.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// The allocator of the system, which hands out zeroed blocks and records what is freed while a
/// recording runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recorder;

/// The head of a copy; the bytes follow it.
struct Copied {
    next: *mut Self,
    length: usize,
}

impl Recorder {
    /// Bytes of all blocks that are not freed, of all threads.
    #[must_use]
    pub fn held() -> usize {
        HELD.load(Ordering::Relaxed)
    }
}

impl Copied {
    fn layout(length: usize) -> Option<Layout> {
        let size = size_of::<Self>().checked_add(length)?;
        Layout::from_size_align(size, align_of::<Self>()).ok()
    }
}

// SAFETY: every block comes from the system's allocator with the layout that was asked for, and goes back to
// it. `realloc` is the provided one: it takes a new block, copies, and frees the old one, whole.
unsafe impl GlobalAlloc for Recorder {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise about the layout is the one asked for here. Zeroed, so that what is found
        // in a block is not what an earlier owner left there, and every byte may be read.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        if RECORDING.load(Ordering::Acquire) && layout.size() >= SMALLEST {
            // SAFETY: the block is the caller's until it is freed below, and has this size.
            unsafe { keep(block, layout.size()) };
        }
        // SAFETY: the block came from the system's allocator with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Puts a copy of a block in front of the list. The copy comes from the system, so nothing here allocates.
///
/// # Safety
/// `block` points to `length` bytes that may be read.
unsafe fn keep(block: *const u8, length: usize) {
    let Some(layout) = Copied::layout(length) else {
        return;
    };
    // SAFETY: the layout is not empty.
    let copied: *mut Copied = unsafe { System.alloc(layout) }.cast();
    if copied.is_null() {
        return;
    }
    let mut newest = NEWEST.load(Ordering::Acquire);
    // SAFETY: the copy has room for its head and, behind it, for the block; nobody else knows of it yet.
    unsafe {
        copied.write(Copied {
            next: newest,
            length,
        });
        ptr::copy_nonoverlapping(block, copied.add(1).cast(), length);
    }
    while let Err(now) =
        NEWEST.compare_exchange_weak(newest, copied, Ordering::AcqRel, Ordering::Acquire)
    {
        newest = now;
        // SAFETY: still ours alone.
        unsafe { (*copied).next = newest };
    }
}

/// Forgets what is left of an earlier recording and starts a new one.
pub(crate) fn start() {
    drop(take());
    RECORDING.store(true, Ordering::Release);
}

/// Ends the recording; every block that was freed during it, oldest first.
pub(crate) fn stop() -> Vec<Box<[u8]>> {
    RECORDING.store(false, Ordering::Release);
    let mut blocks = take();
    blocks.reverse();
    blocks
}

fn take() -> Vec<Box<[u8]>> {
    let mut blocks = Vec::new();
    let mut copied = NEWEST.swap(ptr::null_mut(), Ordering::AcqRel);
    while !copied.is_null() {
        // SAFETY: the list was taken as a whole, so its members are ours; each has its bytes behind its head and
        // goes back to where it came from with the layout it came with.
        unsafe {
            let head = mem::replace(
                &mut *copied,
                Copied {
                    next: ptr::null_mut(),
                    length: 0,
                },
            );
            let bytes = slice::from_raw_parts(copied.add(1).cast::<u8>(), head.length);
            blocks.push(Box::from(bytes));
            if let Some(layout) = Copied::layout(head.length) {
                System.dealloc(copied.cast(), layout);
            }
            copied = head.next;
        }
    }
    blocks
}

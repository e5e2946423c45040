//! DPDK's rte_fib and rte_fib6, from a library of a few lines that `run` builds.

use std::ffi::{CString, c_char, c_int, c_void};
use std::net::{Ipv4Addr, Ipv6Addr};

use peerpath::addr::{Address, Prefix};

type Build =
    unsafe extern "C" fn(*const c_void, *const u8, *const u32, u32, c_int, u32, *const c_char) -> *mut c_void;
type Select = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;
type Lookup = unsafe extern "C" fn(*mut c_void, *const c_void, *mut u64, c_int);
type Free = unsafe extern "C" fn(*mut c_void);

/// The library, loaded for the life of the program.
pub struct Dpdk {
    v4: Functions,
    v6: Functions,
    pub version: String,
}

#[derive(Clone, Copy)]
pub struct Functions {
    build: Build,
    select: Select,
    lookup: Lookup,
    free: Free,
}

fn symbol(library: *mut c_void, name: &str) -> *mut c_void {
    let c_name = CString::new(name).expect("a name");
    // SAFETY: the handle is open and the name ends in a zero.
    let found = unsafe { libc::dlsym(library, c_name.as_ptr()) };
    assert!(!found.is_null(), "{name} is missing");
    found
}

impl Dpdk {
    pub fn load(path: &str, huge: bool) -> Self {
        let c_path = CString::new(path).expect("a path");
        // SAFETY: loading runs the library's own start-up code, which is DPDK's.
        let library = unsafe { libc::dlopen(c_path.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
        assert!(!library.is_null(), "{path} cannot be loaded");
        let functions = |family: &str| {
            // SAFETY: the signatures are those of dpdk.c.
            unsafe {
                Functions {
                    build: std::mem::transmute::<*mut c_void, Build>(symbol(
                        library,
                        &format!("peer_fib{family}"),
                    )),
                    select: std::mem::transmute::<*mut c_void, Select>(symbol(
                        library,
                        &format!("peer_select{family}"),
                    )),
                    lookup: std::mem::transmute::<*mut c_void, Lookup>(symbol(
                        library,
                        &format!("peer_lookup{family}"),
                    )),
                    free: std::mem::transmute::<*mut c_void, Free>(symbol(
                        library,
                        &format!("peer_free{family}"),
                    )),
                }
            }
        };
        // SAFETY: as above.
        let (start, version) = unsafe {
            (
                std::mem::transmute::<*mut c_void, unsafe extern "C" fn(c_int) -> c_int>(symbol(
                    library,
                    "peer_start",
                )),
                std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> *const c_char>(symbol(
                    library,
                    "peer_version",
                )),
            )
        };
        // SAFETY: called once, before any other thread is started.
        let started = unsafe { start(c_int::from(huge)) };
        assert!(started >= 0, "DPDK did not start");
        // SAFETY: a constant text of the library.
        let version = unsafe { std::ffi::CStr::from_ptr(version()) }.to_string_lossy().into_owned();
        Self { v4: functions("4"), v6: functions("6"), version }
    }

    /// `None` where the table does not hold the prefixes, or where this machine cannot do `vector`.
    pub fn fib<A: Family>(&self, prefixes: &[(Prefix<A>, u32)], width: i32, vector: bool) -> Option<DpdkFib> {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let name = format!("fib{}", NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let name = CString::new(name).expect("a name");
        let functions = A::functions(self);
        let mut bytes = Vec::new();
        for (prefix, _) in prefixes {
            A::write(prefix.first(), &mut bytes);
        }
        // C wants them aligned as numbers.
        let words: Vec<u32> = bytes.as_chunks::<4>().0.iter().map(|word| u32::from_ne_bytes(*word)).collect();
        let lengths: Vec<u8> = prefixes.iter().map(|(prefix, _)| prefix.length()).collect();
        let values: Vec<u32> = prefixes.iter().map(|(_, value)| *value).collect();
        // rte_fib6 reserves a group for every eight bits of every prefix, whether it is used or not.
        let groups = match (width, A::BYTES) {
            (2, _) => 32_767,
            (_, 4) => 65_535,
            _ => 1 << 19,
        };
        // SAFETY: three arrays of as many elements as told.
        let fib = unsafe {
            (functions.build)(
                words.as_ptr().cast(),
                lengths.as_ptr(),
                values.as_ptr(),
                prefixes.len() as u32,
                width,
                groups,
                name.as_ptr(),
            )
        };
        if fib.is_null() {
            return None;
        }
        let fib = DpdkFib { fib, functions };
        // SAFETY: a table of this library.
        let selected = unsafe { (functions.select)(fib.fib, c_int::from(vector)) };
        (selected == 0).then_some(fib)
    }
}

pub struct DpdkFib {
    fib: *mut c_void,
    functions: Functions,
}

impl DpdkFib {
    /// `addresses` as the library wants them: host order words, or 16 bytes each.
    pub fn lookup(&self, addresses: *const c_void, out: &mut [u64]) {
        // SAFETY: as many addresses as answers, which the caller holds.
        unsafe { (self.functions.lookup)(self.fib, addresses, out.as_mut_ptr(), out.len() as c_int) };
    }
}

impl Drop for DpdkFib {
    fn drop(&mut self) {
        // SAFETY: the only owner.
        unsafe { (self.functions.free)(self.fib) };
    }
}

pub trait Family: Address {
    const BYTES: usize;
    fn write(self, bytes: &mut Vec<u8>);
    fn from_word(word: u128) -> Self;
    #[doc(hidden)]
    fn functions(dpdk: &Dpdk) -> Functions;
}

impl Family for Ipv4Addr {
    const BYTES: usize = 4;
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_bits().to_ne_bytes());
    }
    fn from_word(word: u128) -> Self {
        Self::from_bits(word as u32)
    }
    fn functions(dpdk: &Dpdk) -> Functions {
        dpdk.v4
    }
}

impl Family for Ipv6Addr {
    const BYTES: usize = 16;
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.octets());
    }
    fn from_word(word: u128) -> Self {
        Self::from_bits(word)
    }
    fn functions(dpdk: &Dpdk) -> Functions {
        dpdk.v6
    }
}

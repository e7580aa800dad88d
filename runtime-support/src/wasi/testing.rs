//! What the tests of this folder share.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::snapshot_preview1::{fd_pread, fd_pwrite, fd_read, fd_write, path_open};
use super::types::{oflags, rights};
use super::{Errno, Wasi, WasiMemory};
use crate::trap::HostError;

/// A directory that is removed when the test is over.
pub(super) struct TempDir(PathBuf);

impl TempDir {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wasm2rs-wasi-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // One that a test of an earlier process of this number left behind.
        _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        TempDir(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// A function that takes a directory and a path.
pub(super) type OnePath =
    fn(&mut Wasi, &mut WasiMemory<'_>, i32, i32, i32) -> Result<i32, HostError>;

/// Where results, paths and data are put in the guest's memory, out of the way of the tests.
const RESULT: i32 = 0x8000;
const PATH: usize = 0x9000;
const OTHER_PATH: usize = 0xa000;
const BUFFERS: usize = 0xb000;
const DATA: usize = 0xc000;

/// A guest with a memory of one page and an empty directory granted as `/data`, descriptor 3.
pub(super) struct Guest {
    pub wasi: Wasi,
    pub memory: Vec<u8>,
    directory: TempDir,
}

impl Guest {
    pub fn new() -> Self {
        let directory = TempDir::new();
        let builder = Wasi::builder()
            .preopened_dir(directory.path(), "/data")
            .unwrap();
        Guest {
            wasi: builder.build(),
            memory: vec![0; 0x10000],
            directory,
        }
    }

    /// A guest of which only the streams and the like matter.
    pub fn with(wasi: Wasi) -> Self {
        Guest {
            wasi,
            ..Guest::new()
        }
    }

    /// Calls a function, and returns what it returned.
    pub fn call(
        &mut self,
        function: impl FnOnce(&mut Wasi, &mut WasiMemory<'_>) -> Result<i32, HostError>,
    ) -> Errno {
        match function(&mut self.wasi, &mut WasiMemory::from(&mut self.memory[..])) {
            Ok(code) => Errno::from_code(code).expect("an error number"),
            Err(_) => panic!("the function ended the guest"),
        }
    }

    /// Calls a function that leaves 32 bits at the address it is given last.
    pub fn result(
        &mut self,
        function: impl FnOnce(&mut Wasi, &mut WasiMemory<'_>, i32) -> Result<i32, HostError>,
    ) -> Result<u32, Errno> {
        Ok(self.result_u64(function)? as u32)
    }

    /// Calls a function that leaves up to 64 bits at the address it is given last.
    pub fn result_u64(
        &mut self,
        function: impl FnOnce(&mut Wasi, &mut WasiMemory<'_>, i32) -> Result<i32, HostError>,
    ) -> Result<u64, Errno> {
        self.memory[RESULT as usize..][..8].fill(0);
        match self.call(|wasi, memory| function(wasi, memory, RESULT)) {
            Errno::Success => Ok(self.u64_at(RESULT as usize)),
            errno => Err(errno),
        }
    }

    pub fn u64_at(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.memory[at..at + 8].try_into().unwrap())
    }

    /// Puts an array of buffers at `at`.
    pub fn buffers(&mut self, at: usize, buffers: &[(u32, u32)]) {
        let places = self.memory[at..].chunks_mut(8);
        for (place, (ptr, len)) in places.zip(buffers) {
            place[..4].copy_from_slice(&ptr.to_le_bytes());
            place[4..].copy_from_slice(&len.to_le_bytes());
        }
    }

    /// Puts a path in the memory.
    pub fn path(&mut self, path: &str) -> (i32, i32) {
        self.put(PATH, path.as_bytes())
    }

    /// Puts two paths in the memory.
    pub fn paths(&mut self, path: &str, other: &str) -> ((i32, i32), (i32, i32)) {
        (
            self.put(PATH, path.as_bytes()),
            self.put(OTHER_PATH, other.as_bytes()),
        )
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> (i32, i32) {
        self.memory[at..at + bytes.len()].copy_from_slice(bytes);
        (at as i32, bytes.len() as i32)
    }

    /// Opens a path below the granted directory, following symbolic links.
    pub fn open(&mut self, path: &str, oflags: u16, rights: u64) -> Result<i32, Errno> {
        self.open_with(path, 1, oflags, rights, 0)
    }

    pub fn open_with(
        &mut self,
        path: &str,
        lookup: i32,
        oflags: u16,
        rights: u64,
        flags: u16,
    ) -> Result<i32, Errno> {
        self.open_at(3, path, lookup, oflags, rights, flags)
    }

    pub fn open_at(
        &mut self,
        fd: i32,
        path: &str,
        lookup: i32,
        oflags: u16,
        rights: u64,
        flags: u16,
    ) -> Result<i32, Errno> {
        let (ptr, len) = self.path(path);
        let (oflags, rights, flags) = (oflags.into(), rights as i64, flags.into());
        self.result(|w, m, slot| {
            path_open(w, m, fd, lookup, ptr, len, oflags, rights, 0, flags, slot)
        })
        .map(|fd| fd as i32)
    }

    /// Makes a file and opens it for reading and writing, at its start.
    pub fn create(&mut self, path: &str, contents: &[u8]) -> i32 {
        self.host_write(path, contents);
        self.open(path, oflags::CREAT, rights::FD_READ | rights::FD_WRITE)
            .unwrap()
    }

    pub fn write(&mut self, fd: i32, bytes: &[u8]) -> Result<u32, Errno> {
        self.put(DATA, bytes);
        self.buffers(BUFFERS, &[(DATA as u32, bytes.len() as u32)]);
        self.result(|w, m, slot| fd_write(w, m, fd, BUFFERS as i32, 1, slot))
    }

    pub fn write_at(&mut self, fd: i32, offset: i64, bytes: &[u8]) -> Result<u32, Errno> {
        self.put(DATA, bytes);
        self.buffers(BUFFERS, &[(DATA as u32, bytes.len() as u32)]);
        self.result(|w, m, slot| fd_pwrite(w, m, fd, BUFFERS as i32, 1, offset, slot))
    }

    pub fn read(&mut self, fd: i32, len: u32) -> Result<Vec<u8>, Errno> {
        self.buffers(BUFFERS, &[(DATA as u32, len)]);
        let count = self.result(|w, m, slot| fd_read(w, m, fd, BUFFERS as i32, 1, slot))?;
        Ok(self.memory[DATA..DATA + count as usize].to_vec())
    }

    pub fn read_at(&mut self, fd: i32, offset: i64, len: u32) -> Result<Vec<u8>, Errno> {
        self.buffers(BUFFERS, &[(DATA as u32, len)]);
        let count =
            self.result(|w, m, slot| fd_pread(w, m, fd, BUFFERS as i32, 1, offset, slot))?;
        Ok(self.memory[DATA..DATA + count as usize].to_vec())
    }

    /// The granted directory, as the host sees it.
    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    pub fn host_path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn host_write(&self, path: &str, contents: &[u8]) {
        fs::write(self.host_path(path), contents).unwrap();
    }

    pub fn host_read(&self, path: &str) -> Vec<u8> {
        fs::read(self.host_path(path)).unwrap()
    }

    pub fn host_remove(&self, path: &str) {
        fs::remove_file(self.host_path(path)).unwrap();
    }
}

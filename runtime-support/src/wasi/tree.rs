//! Files in memory: the tree, and what is done with paths and open files in it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use cap_fs_ext::SystemTimeSpec;

use super::clock::Clock;
use super::context::State;
use super::directory::Entry;
use super::errno::Errno;
use super::status::Times;
use super::types::{Filestat, Filetype};
use super::walk::{self, Follow, Found};

/// A tree of files in memory.
pub(super) struct Tree {
    pub root: Arc<Node>,
    /// Held while names are looked up or changed, so that no two changes mix. What a file holds has
    /// a lock of its own.
    names: Mutex<()>,
    next_ino: AtomicU64,
    room: Arc<Room>,
}

/// How much a tree may still grow, in bytes.
struct Room(AtomicU64);

/// What a file, directory or link takes besides what it holds, and what a name takes. About what
/// it really is, so that many empty files do not come for nothing.
const NODE_COST: u64 = 256;

impl Room {
    fn take(&self, bytes: u64) -> Result<(), Errno> {
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| {
                room.checked_sub(bytes)
            });
        taken.map(drop).map_err(|_| Errno::Nospc)
    }

    fn give_back(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A file, directory or symbolic link of a tree.
pub(super) struct Node {
    ino: u64,
    /// How many names it has.
    links: AtomicU64,
    stamps: Mutex<Stamps>,
    pub kind: Kind,
    room: Arc<Room>,
}

/// Times, in nanoseconds since 1970.
#[derive(Clone, Copy)]
struct Stamps {
    accessed: u64,
    modified: u64,
    changed: u64,
}

pub(super) enum Kind {
    File(Mutex<Cow<'static, [u8]>>),
    Directory(Mutex<BTreeMap<Box<[u8]>, Arc<Node>>>),
    Link(Box<[u8]>),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics in the middle of a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Node {
    fn drop(&mut self) {
        self.room.give_back(NODE_COST + self.kind.held());
        // One after the other: a guest may nest directories deeper than the host's stack.
        let mut rest = self.kind.take_names();
        while let Some(node) = rest.pop() {
            if let Some(mut node) = Arc::into_inner(node) {
                rest.append(&mut node.kind.take_names());
            }
        }
    }
}

impl Kind {
    /// How many bytes it takes of the tree's room.
    fn held(&self) -> u64 {
        match self {
            Kind::File(contents) => size(&lock(contents)),
            Kind::Directory(names) => lock(names).len() as u64 * NODE_COST,
            Kind::Link(target) => target.len() as u64,
        }
    }

    fn take_names(&mut self) -> Vec<Arc<Node>> {
        match self {
            Kind::Directory(names) => {
                let names = names.get_mut().unwrap_or_else(PoisonError::into_inner);
                core::mem::take(names).into_values().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What contents count: those that are part of the program take no room.
#[expect(clippy::ptr_arg, reason = "whose bytes they are is what counts")]
fn size(contents: &Cow<'static, [u8]>) -> u64 {
    match contents {
        Cow::Borrowed(_) => 0,
        Cow::Owned(bytes) => bytes.len() as u64,
    }
}

impl Node {
    /// What a name leads to, if it is a directory.
    pub fn child(&self, name: &[u8]) -> Option<Arc<Node>> {
        match &self.kind {
            Kind::Directory(names) => lock(names).get(name).cloned(),
            _ => None,
        }
    }

    /// What it holds, if it is a file.
    pub fn contents(&self) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::File(contents) => Some(lock(contents).to_vec()),
            _ => None,
        }
    }

    pub fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory(_))
    }

    /// Its names, if it is a directory.
    pub fn names(&self) -> Vec<(Box<[u8]>, Arc<Node>)> {
        match &self.kind {
            Kind::Directory(names) => {
                let names = lock(names);
                let pairs = names
                    .iter()
                    .map(|(name, node)| (name.clone(), node.clone()));
                pairs.collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether `other` is this directory or somewhere in it.
    fn contains(&self, other: &Arc<Node>) -> bool {
        let mut rest: Vec<Arc<Node>> = Vec::new();
        let mut node = self;
        let mut current;
        loop {
            if std::ptr::eq(node, &raw const **other) {
                return true;
            }
            rest.extend(node.names().into_iter().map(|(_, node)| node));
            match rest.pop() {
                Some(next) => {
                    current = next;
                    node = &current;
                }
                None => return false,
            }
        }
    }

    fn filetype(&self) -> Filetype {
        match self.kind {
            Kind::File(_) => Filetype::RegularFile,
            Kind::Directory(_) => Filetype::Directory,
            Kind::Link(_) => Filetype::SymbolicLink,
        }
    }

    fn filestat(&self, dev: u64) -> Filestat {
        let Stamps {
            accessed,
            modified,
            changed,
        } = *lock(&self.stamps);
        let size = match &self.kind {
            Kind::File(contents) => lock(contents).len() as u64,
            Kind::Directory(_) => 0,
            Kind::Link(target) => target.len() as u64,
        };
        Filestat {
            dev,
            ino: self.ino,
            filetype: self.filetype(),
            nlink: self.links.load(Ordering::Relaxed),
            size,
            atim: accessed,
            mtim: modified,
            ctim: changed,
        }
    }

    fn set_times(&self, times: Times) {
        let time = |spec| match spec {
            SystemTimeSpec::SymbolicNow => nanoseconds(SystemTime::now()),
            SystemTimeSpec::Absolute(time) => nanoseconds(time.into_std()),
        };
        let mut stamps = lock(&self.stamps);
        if let Some(time) = times.atim.map(time) {
            stamps.accessed = time;
        }
        if let Some(time) = times.mtim.map(time) {
            stamps.modified = time;
        }
    }

    /// Something in it was changed.
    fn touch(&self, now: u64) {
        let mut stamps = lock(&self.stamps);
        stamps.modified = now;
        stamps.changed = now;
    }
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// What the guest's clock shows: the only time that it can compare others with.
fn now(wasi: &State) -> u64 {
    Clock::Realtime.now(wasi).unwrap_or(0)
}

impl Tree {
    /// A tree that may hold `limit` bytes of its own.
    pub fn new(limit: u64) -> Self {
        let room = Arc::new(Room(AtomicU64::new(limit)));
        let root = Arc::new(Node {
            ino: 1,
            links: AtomicU64::new(1),
            stamps: Mutex::new(Stamps {
                accessed: 0,
                modified: 0,
                changed: 0,
            }),
            kind: Kind::Directory(Mutex::default()),
            room: room.clone(),
        });
        Tree {
            root,
            names: Mutex::new(()),
            next_ino: AtomicU64::new(2),
            room,
        }
    }

    pub fn names(&self) -> MutexGuard<'_, ()> {
        lock(&self.names)
    }

    fn node(&self, kind: Kind, now: u64) -> Result<Arc<Node>, Errno> {
        self.room.take(NODE_COST + kind.held())?;
        Ok(Arc::new(Node {
            ino: self.next_ino.fetch_add(1, Ordering::Relaxed),
            links: AtomicU64::new(0),
            stamps: Mutex::new(Stamps {
                accessed: now,
                modified: now,
                changed: now,
            }),
            kind,
            room: self.room.clone(),
        }))
    }

    /// Makes something in a directory, which the caller knows not to have that name.
    pub fn make(
        &self,
        parent: &Node,
        name: &[u8],
        kind: Kind,
        now: u64,
    ) -> Result<Arc<Node>, Errno> {
        let node = self.node(kind, now)?;
        add(parent, name, node.clone(), now)?;
        Ok(node)
    }
}

/// The longest name, as on most systems.
const LONGEST_NAME: usize = 255;

/// Gives a node a name. What had it before loses it.
fn add(parent: &Node, name: &[u8], node: Arc<Node>, now: u64) -> Result<(), Errno> {
    let Kind::Directory(names) = &parent.kind else {
        return Err(Errno::Notdir);
    };
    if name.len() > LONGEST_NAME {
        return Err(Errno::Nametoolong);
    }
    // One that was removed and is still open takes nothing in any more.
    if parent.links.load(Ordering::Relaxed) == 0 {
        return Err(Errno::Noent);
    }
    parent.room.take(NODE_COST)?;
    node.links.fetch_add(1, Ordering::Relaxed);
    if let Some(replaced) = lock(names).insert(name.into(), node) {
        parent.room.give_back(NODE_COST);
        replaced.links.fetch_sub(1, Ordering::Relaxed);
    }
    parent.touch(now);
    Ok(())
}

/// Takes a name away.
pub(super) fn remove(parent: &Node, name: &[u8], now: u64) -> Option<Arc<Node>> {
    let Kind::Directory(names) = &parent.kind else {
        return None;
    };
    let node = lock(names).remove(name)?;
    parent.room.give_back(NODE_COST);
    node.links.fetch_sub(1, Ordering::Relaxed);
    parent.touch(now);
    Some(node)
}

/// A directory of a tree, which paths start from.
#[derive(Clone)]
pub(super) struct TreePlace {
    pub tree: Arc<Tree>,
    pub node: Arc<Node>,
    /// What tells the tree from the guest's others.
    pub dev: u64,
}

/// What opening a path in a tree gives.
pub(super) enum Opened {
    File(TreeFile),
    Directory(TreePlace),
}

/// How something in a tree is to be opened.
pub(super) struct TreeOpen {
    pub follow: bool,
    pub create: bool,
    pub exclusive: bool,
    pub truncate: bool,
    pub directory: bool,
    pub write: bool,
}

impl TreePlace {
    fn find(&self, path: &Path, follow: impl Into<Follow>) -> Result<Found, Errno> {
        walk::find(&self.node, path.as_os_str().as_encoded_bytes(), follow)
    }

    pub fn filestat(&self) -> Filestat {
        self.node.filestat(self.dev)
    }

    pub fn set_times(&self, times: Times) {
        self.node.set_times(times);
    }

    pub fn entries(&self) -> Vec<Entry> {
        let _names = self.tree.names();
        let entry = |(name, node): (_, Arc<Node>)| Entry {
            name,
            ino: node.ino,
            filetype: node.filetype(),
        };
        self.node.names().into_iter().map(entry).collect()
    }

    pub fn open(&self, path: &Path, how: &TreeOpen, wasi: &State) -> Result<Opened, Errno> {
        let _names = self.tree.names();
        let found = self.find(path, how.follow && !how.exclusive)?;
        let node = match &found.node {
            Some(_) if how.exclusive => return Err(Errno::Exist),
            Some(node) => node.clone(),
            None if how.create => {
                if found.of_directory {
                    return Err(Errno::Isdir);
                }
                let contents = Kind::File(Mutex::new(Cow::Owned(Vec::new())));
                self.tree
                    .make(&found.parent, found.name()?, contents, now(wasi))?
            }
            None => return Err(Errno::Noent),
        };
        match &node.kind {
            Kind::Link(_) => Err(if how.directory {
                Errno::Notdir
            } else {
                Errno::Loop
            }),
            Kind::Directory(_) if how.create || how.truncate || how.write => Err(Errno::Isdir),
            Kind::Directory(_) => Ok(Opened::Directory(TreePlace {
                node,
                ..self.clone()
            })),
            Kind::File(_) if how.directory => Err(Errno::Notdir),
            Kind::File(_) => {
                let file = TreeFile {
                    node,
                    dev: self.dev,
                    position: Mutex::new(0),
                };
                if how.truncate {
                    file.set_size(0, wasi)?;
                }
                Ok(Opened::File(file))
            }
        }
    }

    pub fn create_directory(&self, path: &Path, wasi: &State) -> Result<(), Errno> {
        let _names = self.tree.names();
        let found = self.find(path, Follow::Never)?;
        if found.node.is_some() {
            return Err(Errno::Exist);
        }
        let directory = Kind::Directory(Mutex::default());
        self.tree
            .make(&found.parent, found.name()?, directory, now(wasi))?;
        Ok(())
    }

    pub fn filestat_of(&self, path: &Path, follow: bool) -> Result<Filestat, Errno> {
        let _names = self.tree.names();
        Ok(self.find(path, follow)?.existing()?.filestat(self.dev))
    }

    pub fn set_times_of(&self, path: &Path, follow: bool, times: Times) -> Result<(), Errno> {
        let _names = self.tree.names();
        self.find(path, follow)?.existing()?.set_times(times);
        Ok(())
    }

    pub fn readlink(&self, path: &Path) -> Result<Vec<u8>, Errno> {
        let _names = self.tree.names();
        match &self.find(path, false)?.existing()?.kind {
            Kind::Link(target) => Ok(target.to_vec()),
            _ => Err(Errno::Inval),
        }
    }

    pub fn remove_directory(&self, path: &Path, wasi: &State) -> Result<(), Errno> {
        let _names = self.tree.names();
        let found = self.find(path, false)?;
        let node = found.existing()?;
        if !node.is_directory() {
            return Err(Errno::Notdir);
        }
        let name = found.name()?;
        if !node.names().is_empty() {
            return Err(Errno::Notempty);
        }
        remove(&found.parent, name, now(wasi));
        Ok(())
    }

    pub fn unlink_file(&self, path: &Path, wasi: &State) -> Result<(), Errno> {
        let _names = self.tree.names();
        let found = self.find(path, false)?;
        if found.existing()?.is_directory() {
            return Err(Errno::Isdir);
        }
        remove(&found.parent, found.name()?, now(wasi));
        Ok(())
    }

    pub fn symlink(&self, target: &Path, path: &Path, wasi: &State) -> Result<(), Errno> {
        let target = target.as_os_str().as_encoded_bytes();
        if target.starts_with(b"/") {
            return Err(Errno::Perm);
        }
        let _names = self.tree.names();
        let found = self.find(path, Follow::Never)?;
        if found.node.is_some() {
            return Err(Errno::Exist);
        }
        if found.of_directory {
            return Err(Errno::Noent);
        }
        let link = Kind::Link(target.into());
        self.tree
            .make(&found.parent, found.name()?, link, now(wasi))?;
        Ok(())
    }

    pub fn link(
        &self,
        old: &Path,
        other: &TreePlace,
        new: &Path,
        wasi: &State,
    ) -> Result<(), Errno> {
        if !Arc::ptr_eq(&self.tree, &other.tree) {
            return Err(Errno::Xdev);
        }
        let _names = self.tree.names();
        let found = self.find(old, false)?;
        let node = found.existing()?;
        let new = other.find(new, Follow::Never)?;
        if new.node.is_some() {
            return Err(Errno::Exist);
        }
        if node.is_directory() {
            return Err(Errno::Perm);
        }
        if new.of_directory {
            return Err(Errno::Noent);
        }
        add(&new.parent, new.name()?, node.clone(), now(wasi))
    }

    pub fn rename(
        &self,
        old: &Path,
        other: &TreePlace,
        new: &Path,
        wasi: &State,
    ) -> Result<(), Errno> {
        if !Arc::ptr_eq(&self.tree, &other.tree) {
            return Err(Errno::Xdev);
        }
        let _names = self.tree.names();
        let old = self.find(old, Follow::Never)?;
        let new = other.find(new, Follow::Never)?;
        let node = old.existing()?;
        // What is `.` has no name to change.
        let (Ok(old_name), Ok(new_name)) = (old.name(), new.name()) else {
            return Err(Errno::Busy);
        };
        if node.is_directory() {
            if node.contains(&new.parent) {
                return Err(Errno::Inval);
            }
        } else if old.of_directory || new.of_directory {
            return Err(Errno::Notdir);
        }
        if let Some(replaced) = &new.node {
            if Arc::ptr_eq(node, replaced) {
                return Ok(());
            }
            match (node.is_directory(), replaced.is_directory()) {
                (true, false) => return Err(Errno::Notdir),
                (false, true) => return Err(Errno::Isdir),
                (true, true) if !replaced.names().is_empty() => return Err(Errno::Notempty),
                _ => {}
            }
        }
        let now = now(wasi);
        add(&new.parent, new_name, node.clone(), now)?;
        remove(&old.parent, old_name, now);
        Ok(())
    }
}

/// An open file of a tree.
pub(super) struct TreeFile {
    node: Arc<Node>,
    dev: u64,
    position: Mutex<u64>,
}

impl TreeFile {
    fn contents(&self) -> MutexGuard<'_, Cow<'static, [u8]>> {
        match &self.node.kind {
            Kind::File(contents) => lock(contents),
            // Only files are opened as such.
            _ => unreachable!("an open file is a file"),
        }
    }

    pub fn read(&self, slices: &mut [IoSliceMut<'_>]) -> usize {
        let mut position = lock(&self.position);
        let count = self.read_at(slices, *position);
        *position += count as u64;
        count
    }

    pub fn read_at(&self, slices: &mut [IoSliceMut<'_>], offset: u64) -> usize {
        let contents = self.contents();
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut rest = contents.get(start..).unwrap_or(&[]);
        let before = rest.len();
        for slice in slices {
            let (bytes, tail) = rest.split_at(rest.len().min(slice.len()));
            slice[..bytes.len()].copy_from_slice(bytes);
            rest = tail;
        }
        before - rest.len()
    }

    pub fn write(
        &self,
        slices: &[IoSlice<'_>],
        append: bool,
        wasi: &State,
    ) -> Result<usize, Errno> {
        let mut position = lock(&self.position);
        let offset = (!append).then_some(*position);
        let (count, end) = self.write_at(slices, offset, wasi)?;
        *position = end;
        Ok(count)
    }

    /// Writes at `offset`, or at the end; returns how much, and where that ended.
    pub fn write_at(
        &self,
        slices: &[IoSlice<'_>],
        offset: Option<u64>,
        wasi: &State,
    ) -> Result<(usize, u64), Errno> {
        let mut contents = self.contents();
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        let start = offset.unwrap_or(contents.len() as u64);
        let end = start.checked_add(length as u64).ok_or(Errno::Fbig)?;
        if length == 0 {
            return Ok((0, start));
        }
        if end > contents.len() as u64 {
            self.resize(&mut contents, end)?;
        }
        let contents = self.owned(&mut contents)?;
        // All of it is there now, so the number is one of this host.
        let mut at = start as usize;
        for slice in slices {
            contents[at..at + slice.len()].copy_from_slice(slice);
            at += slice.len();
        }
        self.node.touch(now(wasi));
        Ok((length, end))
    }

    pub fn set_size(&self, size: u64, wasi: &State) -> Result<(), Errno> {
        self.resize(&mut self.contents(), size)?;
        self.node.touch(now(wasi));
        Ok(())
    }

    /// Makes it longer, with zeros, or shorter. A file that was part of the program is copied.
    fn resize(&self, contents: &mut Cow<'static, [u8]>, size: u64) -> Result<(), Errno> {
        let new = usize::try_from(size).map_err(|_| Errno::Fbig)?;
        if let Cow::Borrowed(bytes) = contents
            && new <= bytes.len()
        {
            *contents = Cow::Borrowed(&bytes[..new]);
            return Ok(());
        }
        let bytes = self.owned(contents)?;
        let old = bytes.len();
        if new > old {
            self.node.room.take((new - old) as u64)?;
            if bytes.try_reserve(new - old).is_err() {
                self.node.room.give_back((new - old) as u64);
                return Err(Errno::Nospc);
            }
            bytes.resize(new, 0);
        } else {
            bytes.truncate(new);
            bytes.shrink_to(new.saturating_mul(2));
            self.node.room.give_back((old - new) as u64);
        }
        Ok(())
    }

    fn owned<'c>(&self, contents: &'c mut Cow<'static, [u8]>) -> Result<&'c mut Vec<u8>, Errno> {
        if let Cow::Borrowed(bytes) = contents {
            self.node.room.take(bytes.len() as u64)?;
        }
        Ok(contents.to_mut())
    }

    pub fn seek(&self, target: SeekFrom) -> Result<u64, Errno> {
        let mut position = lock(&self.position);
        let (base, offset) = match target {
            SeekFrom::Start(offset) => (offset, 0),
            SeekFrom::Current(offset) => (*position, offset),
            SeekFrom::End(offset) => (self.contents().len() as u64, offset),
        };
        let moved = base.checked_add_signed(offset).ok_or(Errno::Inval)?;
        // Signed, as for the operating system.
        i64::try_from(moved).map_err(|_| Errno::Inval)?;
        *position = moved;
        Ok(moved)
    }

    pub fn filestat(&self) -> Filestat {
        self.node.filestat(self.dev)
    }

    pub fn set_times(&self, times: Times) {
        self.node.set_times(times);
    }
}

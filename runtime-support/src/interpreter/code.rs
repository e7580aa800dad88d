//! The code of interpreted functions: *words*, each with the function that carries it out.
//!
//! A word is that function and four operands of 16 bits. Some instructions have further words that
//! hold data only; some lead to other places in the code. Which of these an instruction is, is a type
//! ([`Kind`]), of which its function has to be and by which it is put into the code; so a function
//! finds the data that it reads, and comes only to places where an instruction begins. All code ends
//! with a word that stops.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::mem;
use core::ptr::NonNull;

use super::stack::Window;
use super::state::State;
use crate::instance;
use crate::memory::Mem;
use crate::trap::{self, TrapKind};

/// The context of an interpreted instance.
pub(super) type Context = instance::Context<State>;

/// Carries out an instruction of kind `K`, and those that follow. Gives where to go on, or `None`
/// when the call is done.
pub(super) type Handler<K> = for<'c, 'm> fn(&'c mut Context, At<K>, Window, Mem<'m>) -> Next;

/// Where to go on.
pub(super) type Next = Option<(Ip, Window)>;

/// Whether functions go on with the next instruction by themselves.
///
/// LLVM makes jumps of such calls where it optimises. Without optimisation, and on processors where
/// that has not been seen to work, a loop calls them one after the other.
pub(super) const THREADED: bool = cfg!(all(
    not(debug_assertions),
    not(miri),
    any(target_arch = "x86_64", target_arch = "aarch64")
));

/// What an instruction consists of.
pub(super) trait Kind: 'static {
    /// How many words of data follow.
    const DATA: usize;
}

/// One word.
pub(super) enum Plain {}
/// A word, and so many with data.
pub(super) enum Data<const N: usize> {}
/// One word, which leads to another place.
pub(super) enum Jump {}
/// A word, and so many others that lead to other places.
pub(super) enum Table {}
/// Any of these.
pub(super) enum Any {}

impl Kind for Plain {
    const DATA: usize = 0;
}
impl<const N: usize> Kind for Data<N> {
    const DATA: usize = N;
}
impl Kind for Jump {
    const DATA: usize = 0;
}

/// A word.
#[derive(Clone, Copy)]
#[repr(C)]
struct Word {
    handler: Handler<Any>,
    operands: [u16; 4],
}

/// Where an instruction of kind `K` begins.
#[repr(transparent)]
pub(super) struct At<K> {
    word: NonNull<Word>,
    kind: PhantomData<K>,
}

/// Where some instruction begins.
pub(super) type Ip = At<Any>;

impl<K> Clone for At<K> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for At<K> {}

impl<K> At<K> {
    /// # Safety
    /// There an instruction of kind `K` begins, of code that lives.
    #[inline(always)]
    unsafe fn new(word: NonNull<Word>) -> At<K> {
        At {
            word,
            kind: PhantomData,
        }
    }

    #[inline(always)]
    fn operand<const N: usize>(self) -> u16 {
        const { assert!(N < 4) }
        // SAFETY: an `At` leads to a word of code that lives.
        unsafe { (*self.word.as_ptr()).operands[N] }
    }

    /// The first operand.
    #[inline(always)]
    pub(super) fn a(self) -> u16 {
        self.operand::<0>()
    }

    /// The second operand.
    #[inline(always)]
    pub(super) fn b(self) -> u16 {
        self.operand::<1>()
    }

    /// The third operand.
    #[inline(always)]
    pub(super) fn c(self) -> u16 {
        self.operand::<2>()
    }

    /// The fourth operand.
    #[inline(always)]
    pub(super) fn d(self) -> u16 {
        self.operand::<3>()
    }

    /// The third and fourth operand as one number.
    #[inline(always)]
    pub(super) fn cd(self) -> u32 {
        u32::from(self.c()) | u32::from(self.d()) << 16
    }

    /// The number that the operands are, all of them.
    #[inline(always)]
    fn whole(self) -> u64 {
        u64::from(self.a()) | u64::from(self.b()) << 16 | u64::from(self.cd()) << 32
    }

    /// The address, to be compared.
    pub(super) fn address(self) -> usize {
        self.word.addr().get()
    }
}

impl<K: Kind> At<K> {
    /// Where the next instruction begins.
    #[inline(always)]
    pub(super) fn next(self) -> Ip {
        // SAFETY: behind an instruction with its data another one begins, because all code ends with
        // a word that no kind allows to go on from.
        unsafe { At::new(self.word.add(1 + K::DATA)) }
    }
}

impl<const N: usize> At<Data<N>> {
    /// Word `INDEX` of the data.
    #[inline(always)]
    pub(super) fn data<const INDEX: usize>(self) -> u64 {
        const { assert!(INDEX < N) }
        // SAFETY: an instruction of this kind has as many words behind it.
        unsafe { At::<Any>::new(self.word.add(1 + INDEX)) }.whole()
    }
}

impl At<Jump> {
    /// Where it leads to: so many words away as the last two operands say.
    #[inline(always)]
    pub(super) fn target(self) -> Ip {
        let distance = self.cd().cast_signed();
        // SAFETY: `Builder::finish` has written the distance, and checked it.
        unsafe { At::new(self.word.offset(distance as isize)) }
    }
}

impl At<Table> {
    /// Where the word at `index` of the table leads to; the last, if there are not as many.
    #[inline(always)]
    pub(super) fn target(self, index: u32) -> Ip {
        // At least one.
        let last = self.cd();
        // SAFETY: `Builder::table` has put so many words behind this one, and one more, each of
        // which leads to another place.
        unsafe { At::<Jump>::new(self.word.add(1 + index.min(last) as usize)) }.target()
    }
}

impl Ip {
    /// Carries out what is there.
    #[inline(always)]
    pub(super) fn run(self, context: &mut Context, window: Window, memory: Mem<'_>) -> Next {
        // SAFETY: an `At` leads to a word of code that lives.
        let handler = unsafe { (*self.word.as_ptr()).handler };
        handler(context, self, window, memory)
    }
}

/// Goes on with the instruction at `ip`. Functions end with it.
#[inline(always)]
pub(super) fn go_on(context: &mut Context, ip: Ip, window: Window, memory: Mem<'_>) -> Next {
    if THREADED {
        ip.run(context, window, memory)
    } else {
        Some((ip, window))
    }
}

/// The end of all code.
fn end(_: &mut Context, _: Ip, _: Window, _: Mem<'_>) -> Next {
    // Only a mistake of the preparation leads here.
    trap::raise(TrapKind::Unreachable)
}

/// Which exceptions an instruction that calls or throws passes on to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    /// The words from here on …
    pub(super) start: u32,
    /// … to here.
    pub(super) end: u32,
    /// How many blocks are around it.
    pub(super) level: u32,
    /// What becomes of them.
    pub(super) list: List,
}

/// What becomes of the exceptions of a region.
#[derive(Clone, Copy, Debug)]
pub(super) enum List {
    /// Some are caught: where the list begins, among all [`Catch`]es, and how long it is.
    Catches(u32, u32),
    /// The next region to ask is not one with more blocks around it.
    Delegate(u32),
}

/// What a region catches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Catch {
    /// The tag, or any.
    pub(super) tag: Option<u32>,
    /// The slot that values go to, one after the other; none if they are not wanted.
    pub(super) values: Option<u16>,
    /// The slot that a reference to the exception goes to, if it is wanted.
    pub(super) reference: Option<u16>,
    /// Where to go on, as the index of a word.
    pub(super) target: u32,
}

/// The code of a function.
pub(super) struct Code {
    words: Box<[Word]>,
    regions: Box<[Region]>,
    catches: Box<[Catch]>,
}

// SAFETY: the functions that it names can be called by every thread; it never changes.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl Code {
    /// Where it begins.
    ///
    /// # Safety
    /// The code must live for as long as the result, and what comes of it, is used.
    #[inline(always)]
    pub(super) unsafe fn start(&self) -> Ip {
        // SAFETY: the first word begins an instruction; there is at least the one that ends it.
        unsafe { At::new(NonNull::from(&self.words[..]).cast()) }
    }

    /// Who catches an exception that comes from before `ip`: the innermost region first.
    pub(super) fn catches(&self, ip: Ip) -> impl Iterator<Item = &Catch> {
        let start = self.words.as_ptr().addr();
        let distance = ip.address().wrapping_sub(start) / size_of::<Word>();
        // The instruction begins before.
        let place = (distance as u32).wrapping_sub(1);
        let regions = self.regions.iter();
        let around = regions.filter(move |region| region.start <= place && place < region.end);
        let mut most = u32::MAX;
        around.flat_map(move |region| {
            let mut list = None;
            if region.level <= most {
                match region.list {
                    List::Catches(first, count) => {
                        let first = first as usize;
                        list = self.catches.get(first..first + count as usize);
                    }
                    List::Delegate(level) => most = level,
                }
            }
            list.unwrap_or(&[]).iter()
        })
    }

    /// Where the instruction at an index begins that a [`Catch`] names.
    ///
    /// # Safety
    /// As for [`Code::start`].
    pub(super) unsafe fn target(&self, catch: &Catch) -> Ip {
        let word = &self.words[catch.target as usize];
        // SAFETY: `Builder::finish` has checked that an instruction begins there.
        unsafe { At::new(NonNull::from(word)) }
    }
}

/// Code in the making.
pub(super) struct Builder {
    words: Vec<Word>,
    /// Whether an instruction begins at each word.
    begins: Vec<bool>,
    /// The words that lead elsewhere, and to which index.
    jumps: Vec<(u32, u32)>,
    regions: Vec<Region>,
    catches: Vec<Catch>,
}

/// The index of an instruction that leads to a place not known yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fix(usize);

/// No index of a word.
const NOWHERE: u32 = u32::MAX;

impl Builder {
    pub(super) fn new() -> Builder {
        Builder {
            words: Vec::new(),
            begins: Vec::new(),
            jumps: Vec::new(),
            regions: Vec::new(),
            catches: Vec::new(),
        }
    }

    /// The index of the next word.
    pub(super) fn place(&self) -> u32 {
        self.words.len() as u32
    }

    fn push<K>(&mut self, handler: Handler<K>, operands: [u16; 4], begins: bool) {
        // SAFETY: the types differ in nothing but the `At`, of which all are pointers to a word; the
        // handler is called only there, where an instruction of its kind begins, as the callers see
        // to.
        let handler = unsafe { mem::transmute::<Handler<K>, Handler<Any>>(handler) };
        self.words.push(Word { handler, operands });
        self.begins.push(begins);
    }

    /// An instruction of one word.
    pub(super) fn plain(&mut self, handler: Handler<Plain>, operands: [u16; 4]) {
        self.push(handler, operands, true);
    }

    /// An instruction with words of data.
    pub(super) fn data<const N: usize>(
        &mut self,
        handler: Handler<Data<N>>,
        operands: [u16; 4],
        data: [u64; N],
    ) {
        self.push(handler, operands, true);
        for word in data {
            let parts = [word, word >> 16, word >> 32, word >> 48].map(|part| part as u16);
            self.push::<Any>(end, parts, false);
        }
    }

    /// An instruction that leads elsewhere.
    pub(super) fn jump(&mut self, handler: Handler<Jump>, a: u16, b: u16) -> Fix {
        self.jumps.push((self.place(), NOWHERE));
        self.push(handler, [a, b, 0, 0], true);
        Fix(self.jumps.len() - 1)
    }

    /// An instruction with a table of `count` places, at least one, and what each is called.
    pub(super) fn table(
        &mut self,
        handler: Handler<Table>,
        a: u16,
        count: u32,
    ) -> impl Iterator<Item = Fix> + use<> {
        let last = count.max(1) - 1;
        self.push(handler, [a, 0, last as u16, (last >> 16) as u16], true);
        let first = self.jumps.len();
        for _ in 0..=last {
            self.jumps.push((self.place(), NOWHERE));
            self.push::<Any>(end, [0; 4], false);
        }
        (first..=first + last as usize).map(Fix)
    }

    /// Says where an instruction leads to.
    pub(super) fn bind(&mut self, fix: Fix, place: u32) {
        self.jumps[fix.0].1 = place;
    }

    /// Takes the last instruction back, if it is a plain one, and gives its operands.
    pub(super) fn take_last(&mut self) -> Option<[u16; 4]> {
        let last = self.place().checked_sub(1)?;
        // One word that begins an instruction is one of one word.
        let jumps = self.jumps.last().is_some_and(|&(from, _)| from == last);
        if jumps || !*self.begins.last()? {
            return None;
        }
        self.begins.pop();
        self.words.pop().map(|word| word.operands)
    }

    /// Changes the first operand of an instruction.
    pub(super) fn set_a(&mut self, index: u32, a: u16) {
        if let Some(word) = self.words.get_mut(index as usize) {
            word.operands[0] = a;
        }
    }

    /// Adds what is caught, for [`Builder::region`]; gives its place.
    pub(super) fn catch(&mut self, catch: Catch) -> u32 {
        self.catches.push(catch);
        self.catches.len() as u32 - 1
    }

    /// Says where something that was added by [`Builder::catch`] leads to.
    pub(super) fn bind_catch(&mut self, place: u32, target: u32) {
        self.catches[place as usize].target = target;
    }

    /// Says what becomes of exceptions from `start` to `end`; inner regions come first.
    pub(super) fn region(&mut self, start: u32, end: u32, level: u32, list: List) {
        self.regions.push(Region {
            start,
            end,
            level,
            list,
        });
    }

    /// Whether exceptions are caught.
    pub(super) fn has_regions(&self) -> bool {
        !self.regions.is_empty()
    }

    /// The code; `None` if something leads to a place where no instruction begins.
    pub(super) fn finish(mut self) -> Option<Code> {
        self.push::<Any>(end, [0; 4], true);
        let begins = |place: u32| self.begins.get(place as usize).copied().unwrap_or(false);
        if !self.catches.iter().all(|catch| begins(catch.target)) {
            return None;
        }
        for &(from, to) in &self.jumps {
            if !begins(to) {
                return None;
            }
            let distance = to.wrapping_sub(from);
            let word = self.words.get_mut(from as usize)?;
            word.operands[2] = distance as u16;
            word.operands[3] = (distance >> 16) as u16;
        }
        Some(Code {
            words: self.words.into_boxed_slice(),
            regions: self.regions.into_boxed_slice(),
            catches: self.catches.into_boxed_slice(),
        })
    }
}

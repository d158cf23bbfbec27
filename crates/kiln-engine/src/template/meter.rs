//! What a render may cost. tera runs a loop for as long as it lasts and lets a text double in every round; so the
//! engine has every step that is not constant ask here first, and a template that asks for too much ends with an
//! error.
//!
//! A render runs on one thread from start to end, so the account of the current one is the thread's.

use std::cell::RefCell;

use tera::Value;

/// Steps of one render; a step is about one byte written or one operation.
const STEPS: u64 = 1 << 27;
/// Bytes of one output.
pub(super) const OUTPUT_BYTES: usize = 16 << 20;
/// Bytes of one value that a template works with.
pub(super) const VALUE_BYTES: usize = 4 << 20;
/// How deep values may nest.
pub(super) const VALUE_DEPTH: usize = 48;
/// What an item costs on top of its text.
const ITEM_BYTES: usize = 16;

/// Which limit a render hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Steps,
    ValueBytes,
    ValueDepth,
    OutputBytes,
    RangeLength,
}

impl Limit {
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Steps => "the template does too much: more than 134 million steps",
            Self::ValueBytes => "a value grows larger than 4 MiB here",
            Self::ValueDepth => "values nest deeper than 48 levels here",
            Self::OutputBytes => "the output grows larger than 16 MiB",
            Self::RangeLength => "a range has more than 10,000 numbers here",
        }
    }
}

#[derive(Debug, Default)]
struct Account {
    left: u64,
    longest_text: usize,
    hit: Option<Limit>,
    language: super::language::Language,
    /// Where `fit` was called in the middle of a line, the output holds marks to resolve.
    marked: bool,
}

thread_local! {
    static ACCOUNT: RefCell<Account> = RefCell::default();
}

/// Opens the account of a render; the one before it on this thread comes back when this is dropped.
pub(super) struct Opened(Option<Account>);

impl Opened {
    pub(super) fn new(language: super::language::Language) -> Self {
        let account = Account { left: STEPS, language, ..Account::default() };
        Self(Some(ACCOUNT.replace(account)))
    }

    pub(super) fn hit(&self) -> Option<Limit> {
        ACCOUNT.with_borrow(|account| account.hit)
    }

    pub(super) fn is_marked(&self) -> bool {
        ACCOUNT.with_borrow(|account| account.marked)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(account) = self.0.take() {
            ACCOUNT.replace(account);
        }
    }
}

/// The language of the current output.
pub(super) fn language() -> super::language::Language {
    ACCOUNT.with_borrow(|account| account.language)
}

pub(super) fn set_marked() {
    ACCOUNT.with_borrow_mut(|account| account.marked = true);
}

/// Notes a text of the context; indexing into a text costs what the longest one does.
pub(super) fn note_text(length: usize) {
    ACCOUNT.with_borrow_mut(|account| account.longest_text = account.longest_text.max(length));
}

pub(super) fn refuse(limit: Limit) -> Limit {
    ACCOUNT.with_borrow_mut(|account| *account.hit.get_or_insert(limit))
}

/// Pays for `steps`.
pub(super) fn charge(steps: u64) -> Result<(), Limit> {
    ACCOUNT.with_borrow_mut(|account| match account.left.checked_sub(steps) {
        Some(left) => {
            account.left = left;
            Ok(())
        }
        None => Err(*account.hit.get_or_insert(Limit::Steps)),
    })
}

/// Pays for indexing into something that may be a text.
pub(super) fn charge_index() -> Result<(), Limit> {
    let longest = ACCOUNT.with_borrow(|account| account.longest_text);
    charge(1 + longest as u64 / 8)
}

/// Pays for the first level of a value.
pub(super) fn charge_shallow(value: &Value) -> Result<(), Limit> {
    let count = match (value.as_str(), value.as_array(), value.as_map()) {
        (Some(text), ..) => text.len(),
        (_, Some(items), _) => items.len(),
        (_, _, Some(map)) => map.len(),
        _ => 0,
    };
    if count > VALUE_BYTES {
        return Err(refuse(Limit::ValueBytes));
    }
    charge(1 + count as u64)
}

/// Pays for all of a value.
pub(super) fn charge_deep(value: &Value) -> Result<(), Limit> {
    let mut size = 0;
    measure(value, 0, &mut size).map_err(refuse)?;
    ACCOUNT.with_borrow_mut(|account| {
        let length = value.as_str().map_or(0, str::len);
        account.longest_text = account.longest_text.max(length);
    });
    charge(1 + size as u64)
}

/// Adds the size of a value to `size`, up to the limit: values that share parts can be far larger than memory.
fn measure(value: &Value, depth: usize, size: &mut usize) -> Result<(), Limit> {
    if depth > VALUE_DEPTH {
        return Err(Limit::ValueDepth);
    }
    *size += ITEM_BYTES + value.as_str().map_or(0, str::len);
    if *size > VALUE_BYTES {
        return Err(Limit::ValueBytes);
    }
    if let Some(items) = value.as_array() {
        return items.iter().try_for_each(|item| measure(item, depth + 1, size));
    }
    if let Some(map) = value.as_map() {
        return map.iter().try_for_each(|(name, item)| {
            *size += name.as_str().map_or(0, str::len);
            measure(item, depth + 1, size)
        });
    }
    Ok(())
}

/// A buffer that refuses to grow over the limit of outputs.
#[derive(Default)]
pub(super) struct Output(pub(super) Vec<u8>);

impl std::io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_BYTES {
            refuse(Limit::OutputBytes);
            return Err(std::io::Error::from(std::io::ErrorKind::OutOfMemory));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

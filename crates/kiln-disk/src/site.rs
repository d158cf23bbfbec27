//! The four things that the transaction does to one file: create, replace, delete, set its executable bit.
//!
//! Each looks at what it took away and puts it back if it is not what was expected: somebody saved meanwhile. What was
//! replaced or deleted stays in a slot of the staging folder until the sync has ended.

use std::io;
use std::sync::{Mutex, PoisonError};

use kiln_base::RelPath;

use crate::error::DiskError;
use crate::local;
use crate::observe::{CAP, Mark};
use crate::root::{Borders, Root, Way};
use crate::sys::{Dir, Kind, Stat};

/// What stands at a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    Absent,
    File(Mark),
    Other,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// Somebody was there meanwhile; their bytes stand.
    Overtaken,
}

/// What to write.
#[derive(Clone, Copy)]
pub(crate) struct New<'b> {
    pub(crate) bytes: &'b [u8],
    pub(crate) executable: bool,
    /// Wait until the bytes are on the disk before they get their name.
    pub(crate) sync: bool,
}

/// A root with the staging folder of one sync.
pub(crate) struct Site<'r> {
    pub(crate) root: &'r Root,
    id: u64,
    modes: bool,
    staging: Dir,
    /// What the slots held when they were filled.
    filled: Mutex<Vec<(RelPath, Slot, Stat)>>,
    near: Vec<Mutex<Near>>,
}

/// A folder that a thread keeps open.
type Near = Option<(Option<RelPath>, Dir)>;

/// Ends the name of what was kept in place of an exchange.
const KEPT: &str = "-old";
/// Ends the name of what is being written and was never anywhere else: nothing in it is a person's.
const STAGED: &str = "-new";

/// Which sync and which of its steps a slot belongs to.
pub(crate) type Number = (u64, usize);

/// A name in the staging folder, or beside a file that lies on another file system.
pub(crate) struct Slot {
    dir: Dir,
    name: String,
}

impl<'r> Site<'r> {
    pub(crate) fn open(root: &'r Root, id: u64, modes: bool) -> Result<Self, DiskError> {
        let staging = local::staging(root)
            .map_err(|error| DiskError::io("write in", local::LOCAL_NAME, error))?;
        let near = (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect();
        Ok(Self { root, id, modes, staging, filled: Mutex::default(), near })
    }

    fn name(&self, slot: usize) -> String {
        format!("{}-{slot}", self.id)
    }

    fn beside(&self, slot: usize) -> String {
        format!(".kiln-{}-{slot}", self.id)
    }

    fn same(&self, look: &Look, mark: Mark) -> bool {
        match look {
            Look::File(found) => {
                found.digest == mark.digest && (!self.modes || found.executable == mark.executable)
            }
            _ => false,
        }
    }

    /// Creates a file where nothing stands, in place: staging every new file costs up to seven times as much. What
    /// somebody writes into the new file between its creation and its first byte is overwritten.
    pub(crate) fn create(&self, path: &RelPath, new: New<'_>) -> io::Result<Outcome> {
        let dir = self.folder(path)?;
        let mode = if new.executable { 0o777 } else { 0o666 };
        match dir.create_new(path.file_name(), mode) {
            Ok(mut file) => file.write(new.bytes).map(|()| Outcome::Done),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Outcome::Overtaken),
            Err(error) => Err(error),
        }
    }

    /// Gives a file its first bytes in one step: for what must never be half there, such as sum and lock.
    pub(crate) fn install(&self, path: &RelPath, slot: usize, new: New<'_>) -> io::Result<Outcome> {
        let dir = self.folder(path)?;
        match install_from(&self.staging, &self.name(slot), &dir, path, new) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                remove_if(&self.staging, &self.name(slot))?;
                install_from(&dir, &self.beside(slot), &dir, path, new)
            }
            other => other,
        }
    }

    /// Replaces a file that is expected to be `old`.
    pub(crate) fn replace(
        &self,
        path: &RelPath,
        slot: usize,
        old: Mark,
        new: New<'_>,
    ) -> io::Result<Outcome> {
        let dir = self.folder(path)?;
        match self.replace_by(&dir, path, &self.staging, &self.name(slot), old, new) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                remove_if(&self.staging, &self.name(slot))?;
                self.replace_by(&dir, path, &dir, &self.beside(slot), old, new)
            }
            other => other,
        }
    }

    fn replace_by(
        &self,
        dir: &Dir,
        path: &RelPath,
        slots: &Dir,
        slot: &str,
        old: Mark,
        new: New<'_>,
    ) -> io::Result<Outcome> {
        let name = path.file_name();
        let Some(stat) = dir.stat(name)?.filter(|stat| stat.kind == Kind::File) else {
            return Ok(Outcome::Overtaken);
        };
        let readable = stat.mode & 0o777;
        let mode =
            if new.executable { readable | (readable & 0o444) >> 2 } else { readable & !0o111 };
        if new.sync {
            let staged = format!("{slot}{STAGED}");
            stage(slots, &staged, new, mode, self.modes)?;
            slots.rename(&staged, slots, slot)?;
        } else {
            stage(slots, slot, new, mode, self.modes)?;
        }
        let staged = Mark::of(new.bytes, new.executable);
        self.swap_in(dir, path, slots, slot, old, staged)
    }

    /// Puts what a slot holds in the place of a file that is expected to be `old`.
    fn swap_in(
        &self,
        dir: &Dir,
        path: &RelPath,
        slots: &Dir,
        slot: &str,
        old: Mark,
        staged: Mark,
    ) -> io::Result<Outcome> {
        let name = path.file_name();
        match dir.exchange(name, slots, slot) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                slots.remove(slot)?;
                return Ok(Outcome::Overtaken);
            }
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                return self.replace_looking(dir, path, slots, slot, old);
            }
            Err(error) => return Err(error),
        }
        let (came, stat) = look_at(slots, slot)?;
        if self.same(&came, old) {
            self.fill(path, slots, slot, stat);
            return Ok(Outcome::Done);
        }
        dir.exchange(name, slots, slot)?;
        if self.same(&look_at(slots, slot)?.0, staged) {
            slots.remove(slot)?;
        } else {
            // Saved once more in between: the later one belongs at the path, the earlier one stays in the slot.
            dir.exchange(name, slots, slot)?;
        }
        Ok(Outcome::Overtaken)
    }

    /// Gives a path back what a slot holds, `held`, where `stands` is expected; none for nothing.
    pub(crate) fn restore(
        &self,
        path: &RelPath,
        slot: &Slot,
        stands: Option<Mark>,
        held: Mark,
    ) -> io::Result<Outcome> {
        let dir = self.folder(path)?;
        match stands {
            Some(stands) => self.swap_in(&dir, path, &slot.dir, &slot.name, stands, held),
            None => match slot.dir.rename_new(&slot.name, &dir, path.file_name()) {
                Ok(()) => Ok(Outcome::Done),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    Ok(Outcome::Overtaken)
                }
                Err(error) => Err(error),
            },
        }
    }

    /// For file systems that cannot exchange: looks, keeps a second name for the old file, renames over it and looks
    /// again. A file that another program puts there by renaming between look and rename is not seen.
    fn replace_looking(
        &self,
        dir: &Dir,
        path: &RelPath,
        slots: &Dir,
        slot: &str,
        old: Mark,
    ) -> io::Result<Outcome> {
        let (name, kept) = (path.file_name(), format!("{slot}{KEPT}"));
        remove_if(slots, &kept)?;
        if !self.same(&look_at(dir, name)?.0, old) {
            slots.remove(slot)?;
            return Ok(Outcome::Overtaken);
        }
        if dir.link(name, slots, &kept).is_err() {
            copy(dir, name, slots, &kept)?;
        }
        slots.rename(slot, dir, name)?;
        let (came, stat) = look_at(slots, &kept)?;
        if self.same(&came, old) {
            slots.rename(&kept, slots, slot)?;
            self.fill(path, slots, slot, stat.and(slots.stat(slot)?));
            return Ok(Outcome::Done);
        }
        slots.rename(&kept, dir, name)?;
        Ok(Outcome::Overtaken)
    }

    /// Deletes a file that is expected to be `old`.
    pub(crate) fn delete(&self, path: &RelPath, slot: usize, old: Mark) -> io::Result<Outcome> {
        let Way::Open(dir) = self.root.enter(path.parent().as_ref(), Borders::Respect)? else {
            return Ok(Outcome::Overtaken);
        };
        match self.delete_to(&dir, path, &self.staging, &self.name(slot), old) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                self.delete_to(&dir, path, &dir, &self.beside(slot), old)
            }
            other => other,
        }
    }

    fn delete_to(
        &self,
        dir: &Dir,
        path: &RelPath,
        slots: &Dir,
        slot: &str,
        old: Mark,
    ) -> io::Result<Outcome> {
        remove_if(slots, slot)?;
        match dir.rename_new(path.file_name(), slots, slot) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Outcome::Done),
            other => other?,
        }
        let (came, stat) = look_at(slots, slot)?;
        if self.same(&came, old) {
            self.fill(path, slots, slot, stat);
            return Ok(Outcome::Done);
        }
        match slots.rename_new(slot, dir, path.file_name()) {
            // Saved once more in between: the earlier one stays in the slot.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
        Ok(Outcome::Overtaken)
    }

    /// Sets the executable bit of a file whose bytes are as expected.
    pub(crate) fn set_executable(
        &self,
        path: &RelPath,
        old: Mark,
        on: bool,
    ) -> io::Result<Outcome> {
        let dir = self.folder(path)?;
        let mut file = match dir.open_file(path.file_name()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Outcome::Overtaken),
            Err(error) => return Err(error),
        };
        let mode = file.stat()?.mode;
        let mark = file.read(CAP)?.map(|bytes| Mark::of(&bytes, mode & 0o100 != 0));
        if mark.is_none_or(|mark| !self.same(&Look::File(mark), old)) {
            return Ok(Outcome::Overtaken);
        }
        file.set_mode(if on { mode | (mode & 0o444) >> 2 } else { mode & !0o111 })?;
        Ok(Outcome::Done)
    }

    /// The folder of a path, made if it is missing. Each thread keeps the one that it opened last.
    fn folder(&self, path: &RelPath) -> io::Result<Dir> {
        let parent = path.parent();
        let near = rayon::current_thread_index().and_then(|thread| self.near.get(thread));
        let near = near.map(|near| near.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some((folder, dir)) = near.as_deref().and_then(Option::as_ref)
            && *folder == parent
        {
            return Ok(dir.clone());
        }
        let dir = match self.root.enter_making(parent.as_ref(), &mut |_| {})? {
            Way::Open(dir) => dir,
            Way::Absent => return Err(io::Error::from(io::ErrorKind::NotFound)),
            Way::Obstructed(what) => return Err(io::Error::other(format!("it is {what}"))),
        };
        if let Some(mut near) = near {
            *near = Some((parent, dir.clone()));
        }
        Ok(dir)
    }

    /// Lets all folders go that threads keep open: before each pass, as one may be gone by then.
    pub(crate) fn forget_folders(&self) {
        for near in &self.near {
            *near.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    fn fill(&self, path: &RelPath, slots: &Dir, slot: &str, stat: Option<Stat>) {
        let Some(stat) = stat else { return };
        let slot = Slot { dir: slots.clone(), name: slot.to_owned() };
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        filled.push((path.clone(), slot, stat));
    }

    /// Empties the slots that this run filled. Those into which somebody wrote since come back.
    pub(crate) fn empty_filled(&self) -> Vec<(RelPath, Slot)> {
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        let mut written = Vec::new();
        for (path, slot, then) in filled.drain(..) {
            match slot.dir.stat(&slot.name) {
                // Who saves in place empties the file first: what is empty may be about to be written, and a later
                // command looks again.
                Ok(Some(now)) if now.size == 0 => {}
                Ok(Some(now)) if now.size == then.size && now.modified == then.modified => {
                    // What cannot be removed is swept by a later command.
                    let _ = slot.remove();
                }
                Ok(Some(_)) => written.push((path, slot)),
                _ => {}
            }
        }
        written
    }

    /// Everything in the staging folder, with the number of the sync and of the step if the name says so.
    pub(crate) fn all_slots(&self) -> io::Result<Vec<(Option<Number>, Slot)>> {
        let names = self.staging.list()?;
        let slot = |(name, _): (String, Kind)| {
            let number = name
                .trim_end_matches(KEPT)
                .trim_end_matches(STAGED)
                .split_once('-')
                .and_then(|(id, step)| Some((id.parse().ok()?, step.parse().ok()?)));
            (number, Slot { dir: self.staging.clone(), name })
        };
        Ok(names.into_iter().map(slot).collect())
    }

    /// The slots of one step that hold something.
    pub(crate) fn slots(&self, path: &RelPath, slot: usize) -> io::Result<Vec<Slot>> {
        let mut found = Vec::new();
        let name = self.name(slot);
        for name in [name.clone(), format!("{name}{KEPT}")] {
            if self.staging.stat(&name)?.is_some() {
                found.push(Slot { dir: self.staging.clone(), name });
            }
        }
        if let Way::Open(dir) = self.root.enter(path.parent().as_ref(), Borders::Respect)? {
            let name = self.beside(slot);
            for name in [name.clone(), format!("{name}{KEPT}")] {
                if dir.stat(&name)?.is_some() {
                    found.push(Slot { dir: dir.clone(), name });
                }
            }
        }
        Ok(found)
    }

    /// What was being written for one step beside its path, if the process stopped in that.
    pub(crate) fn staged_beside(&self, path: &RelPath, slot: usize) -> Option<Slot> {
        let Ok(Way::Open(dir)) = self.root.enter(path.parent().as_ref(), Borders::Respect) else {
            return None;
        };
        let name = format!("{}{STAGED}", self.beside(slot));
        matches!(dir.stat(&name), Ok(Some(_))).then_some(Slot { dir, name })
    }

    /// What stands at a path.
    pub(crate) fn look(&self, path: &RelPath) -> io::Result<(Look, Option<Stat>)> {
        match self.root.enter(path.parent().as_ref(), Borders::Respect)? {
            Way::Open(dir) => look_at(&dir, path.file_name()),
            Way::Absent => Ok((Look::Absent, None)),
            Way::Obstructed(_) => Ok((Look::Other, None)),
        }
    }

    /// The bytes of the plain file at a path, if they can be had.
    pub(crate) fn bytes(&self, path: &RelPath) -> Option<Vec<u8>> {
        self.root.read(path, CAP).ok()
    }

    /// Removes a folder if it is empty; anything else is no matter.
    pub(crate) fn remove_folder(&self, path: &RelPath) -> bool {
        let parent = self.root.enter(path.parent().as_ref(), Borders::Respect);
        matches!(parent, Ok(Way::Open(dir)) if dir.remove_dir(path.file_name()).is_ok())
    }
}

impl Slot {
    pub(crate) fn look(&self) -> io::Result<Look> {
        Ok(look_at(&self.dir, &self.name)?.0)
    }

    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        self.dir.open_file(&self.name).ok()?.read(CAP).ok()?
    }

    /// True if nothing in it can be a person's.
    pub(crate) fn is_staged(&self) -> bool {
        self.name.ends_with(STAGED)
    }

    pub(crate) fn remove(&self) -> io::Result<()> {
        self.dir.remove(&self.name)
    }

    /// Puts what it holds at `path`, where `stands` says what is there now; what was there is in the slot afterwards.
    pub(crate) fn put_back(
        &self,
        site: &Site<'_>,
        path: &RelPath,
        stands: &Look,
    ) -> io::Result<()> {
        let dir = site.folder(path)?;
        match stands {
            Look::Absent => self.dir.rename_new(&self.name, &dir, path.file_name()),
            _ => match dir.exchange(path.file_name(), &self.dir, &self.name) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                    self.dir.rename(&self.name, &dir, path.file_name())
                }
                other => other,
            },
        }
    }
}

/// Writes new bytes into a slot and gives them their name, unless something has it.
fn install_from(
    slots: &Dir,
    slot: &str,
    dir: &Dir,
    path: &RelPath,
    new: New<'_>,
) -> io::Result<Outcome> {
    let staged = format!("{slot}{STAGED}");
    stage(slots, &staged, new, if new.executable { 0o777 } else { 0o666 }, false)?;
    match slots.rename_new(&staged, dir, path.file_name()) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            slots.remove(&staged)?;
            Ok(Outcome::Overtaken)
        }
        Err(error) => Err(error),
    }
}

/// Writes new bytes into a slot; `exact` sets the mode bits that the process's mask takes away.
fn stage(slots: &Dir, slot: &str, new: New<'_>, mode: u32, exact: bool) -> io::Result<()> {
    remove_if(slots, slot)?;
    let mut file = slots.create_new(slot, mode)?;
    let mut write = || {
        file.write(new.bytes)?;
        if exact && file.stat()?.mode & 0o777 != mode {
            file.set_mode(mode)?;
        }
        if new.sync { file.sync() } else { Ok(()) }
    };
    let written = write();
    if written.is_err() {
        // Nothing but kiln's own bytes is in it; where this fails too, a later command sweeps it.
        let _ = slots.remove(slot);
    }
    written
}

fn remove_if(dir: &Dir, name: &str) -> io::Result<()> {
    match dir.remove(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn copy(from: &Dir, name: &str, to: &Dir, to_name: &str) -> io::Result<()> {
    let mut file = from.open_file(name)?;
    let mode = file.stat()?.mode;
    let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
    let bytes = file.read(CAP)?.ok_or_else(too_large)?;
    to.create_new(to_name, mode)?.write(&bytes)
}

/// What stands at a name of a folder, with the stat data from before the bytes were read.
fn look_at(dir: &Dir, name: &str) -> io::Result<(Look, Option<Stat>)> {
    let Some(stat) = dir.stat(name)? else { return Ok((Look::Absent, None)) };
    if stat.kind != Kind::File {
        return Ok((Look::Other, None));
    }
    let mut file = match dir.open_file(name) {
        Ok(file) => file,
        Err(error) => {
            return match error.kind() {
                io::ErrorKind::NotFound => Ok((Look::Absent, None)),
                io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput => {
                    Ok((Look::Other, None))
                }
                _ => Err(error),
            };
        }
    };
    let stat = file.stat()?;
    Ok(match file.read(CAP)? {
        Some(bytes) => (Look::File(Mark::of(&bytes, stat.executable())), Some(stat)),
        None => (Look::Other, None),
    })
}

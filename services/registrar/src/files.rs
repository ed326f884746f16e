//! The files of bulletins, named by their hash.
//!
//! ```text
//! <SHA-256>.bulletin    all permits of an epoch, with the proof           <SHA-256>.index    which slice is whose
//! <SHA-256>.slice       up to 1,024 of them
//! ```
//!
//! A file that is there never changes, so whatever serves it may say that it is immutable.

use std::fs::{self, DirEntry, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

use milagro_base::Seconds;
use milagro_dta::permits::bulletin::{Bulletin, Head, SliceIndex};
use milagro_mpin::TrustDomainId;
use milagro_wire::forms::registrar::BulletinAnswer;
use milagro_wire::name::Name;

/// After so long, nobody is writing a file any more that has no name yet.
const ABANDONED: Seconds = Seconds::days(1);

/// Which files are old.
pub(crate) struct Old {
    /// Of this domain: registrars of several can share a directory.
    pub(crate) domain: TrustDomainId,
    /// Of epochs that had ended by then.
    pub(crate) ended: Seconds,
    pub(crate) now: Seconds,
}

/// Writes the files of a bulletin: slices first, so that nothing is named which is not there. The names of the whole and of
/// its index.
pub(crate) fn write_all(directory: &Path, bulletin: &Bulletin) -> io::Result<(Name, Name)> {
    let sliced = bulletin.slices();
    for slice in &sliced.slices {
        write(directory, "slice", slice)?;
    }
    let index = write(directory, "index", &sliced.index)?;
    let whole = write(directory, "bulletin", &bulletin.to_bytes())?;
    // The names are on the disk when the directory is.
    File::open(directory)?.sync_all()?;
    Ok((whole, index))
}

/// Whether the two files that are named are there. A directory can be another than last time.
pub(crate) fn are_there(directory: &Path, named: &BulletinAnswer) -> bool {
    let is_there = |name: &Name, kind: &str| path(directory, name, kind).is_file();
    is_there(&named.bulletin, "bulletin") && is_there(&named.index, "index")
}

/// Deletes what is old, and what was never finished; how many files. Slices go before the index that names them, so that
/// what a killed process leaves is found again.
pub(crate) fn sweep(directory: &Path, old: &Old) -> io::Result<usize> {
    let mut gone = 0_usize;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let name = entry.file_name();
        let Some(text) = name.to_str() else {
            continue;
        };
        let deleted = match text.split_once('.') {
            Some(("", draft)) if is_draft(draft) => abandoned(&entry, old.now)?,
            Some((hash, "index")) => of_index(directory, hash, old)?,
            Some((_, "bulletin")) => of_bulletin(&entry, old)?,
            _ => 0,
        };
        gone = gone.saturating_add(deleted);
    }
    Ok(gone)
}

fn of_index(directory: &Path, hash: &str, old: &Old) -> io::Result<usize> {
    let Ok(name) = hash.parse::<Name>() else {
        return Ok(0);
    };
    let file = path(directory, &name, "index");
    let bytes = beginning(&file, SliceIndex::INDEX_MAX)?;
    let Ok(index) = SliceIndex::from_bytes(&bytes, name.as_bytes()) else {
        return Ok(0);
    };
    if !old.has(index.head()) {
        return Ok(0);
    }
    let slices = index.slices().map(|slice| {
        let slice = Name::from_bytes(slice);
        path(directory, &slice, "slice")
    });
    slices.chain([file]).map(|file| remove(&file)).sum()
}

fn of_bulletin(entry: &DirEntry, old: &Old) -> io::Result<usize> {
    let bytes = beginning(&entry.path(), Head::LEN)?;
    match Head::of_beginning(&bytes) {
        Ok(head) if old.has(&head) => remove(&entry.path()),
        _ => Ok(0),
    }
}

fn abandoned(entry: &DirEntry, now: Seconds) -> io::Result<usize> {
    let written = entry.metadata()?.modified()?;
    let written = written.duration_since(SystemTime::UNIX_EPOCH);
    let written = Seconds::new(written.unwrap_or_default().as_secs());
    if written.plus(ABANDONED) < now {
        return remove(&entry.path());
    }
    Ok(0)
}

impl Old {
    fn has(&self, head: &Head) -> bool {
        let period = &head.period;
        let next = period.epoch.0.saturating_add(1);
        let end = next.saturating_mul(period.length.seconds().get());
        head.edition.id == self.domain && Seconds::new(end) <= self.ended
    }
}

/// One that is gone already is no mistake: another process sweeps as well.
fn remove(file: &Path) -> io::Result<usize> {
    match fs::remove_file(file) {
        Ok(()) => Ok(1),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// What a file begins with; nothing, where it is gone.
fn beginning(file: &Path, most: usize) -> io::Result<Vec<u8>> {
    let file = match File::open(file) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file that is there in full, or not at all.
fn write(directory: &Path, kind: &str, bytes: &[u8]) -> io::Result<Name> {
    let name = Name::of(bytes);
    let path = path(directory, &name, kind);
    if fs::read(&path).is_ok_and(|there| there == bytes) {
        return Ok(name);
    }
    // Nobody else writes a draft of this name, in this process or another.
    let mut number = [0; 16];
    getrandom::fill(&mut number).map_err(io::Error::other)?;
    let number = u128::from_be_bytes(number);
    let draft = directory.join(format!(".{name}.{kind}-{number:032x}"));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).open(&draft)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _left = fs::remove_file(&draft);
    }
    written.map(|()| name)
}

/// Whether a name, after its first dot, is that of a draft.
fn is_draft(name: &str) -> bool {
    let parts = name.split_once('.').and_then(|(name, rest)| {
        let (kind, _) = rest.split_once('-')?;
        name.parse::<Name>().ok().map(|_| kind)
    });
    parts.is_some_and(|kind| ["slice", "index", "bulletin"].contains(&kind))
}

fn path(directory: &Path, name: &Name, kind: &str) -> std::path::PathBuf {
    directory.join(format!("{name}.{kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_have_names_of_their_own() {
        let name = Name::of(b"draft");
        assert!(is_draft(&format!("{name}.slice-17")));
        for other in [
            format!("{name}.slice"),
            format!("{name}.html-17"),
            "profile.slice-17".to_owned(),
            "htaccess".to_owned(),
            String::new(),
        ] {
            assert!(!is_draft(&other), "{other}");
        }
    }

    /// Many at once, as two replicas with one process number each or two requests of one process write.
    #[test]
    fn one_file_can_be_written_by_many() {
        let directory = tempfile::tempdir().unwrap();
        let bytes = vec![7; 1 << 20];
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..8 {
                        let name = write(directory.path(), "slice", &bytes).unwrap();
                        let file = path(directory.path(), &name, "slice");
                        if let Ok(found) = fs::metadata(&file) {
                            assert_eq!(found.len(), 1 << 20);
                        }
                        let _gone = fs::remove_file(file);
                    }
                });
            }
        });
        assert!(fs::read_dir(directory.path()).unwrap().next().is_none());
    }
}

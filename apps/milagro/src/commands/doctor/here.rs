//! The machine: who can read what, room on the disk, certificates.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::commands::doctor::report::Report;
use crate::directory::Directory;
use crate::settings::Settings;
use crate::tls;

/// With less room than this, in bytes, an authority may stop in a few days.
const ROOM: u64 = 256 << 20;
/// A certificate that ends earlier is to be renewed now.
const RENEW: Duration = Duration::from_secs(14 * 86_400);

pub(super) fn look(settings: &Settings, directory: &Directory, report: &mut Report) {
    for path in [directory.root(), &directory.shares()] {
        report.all(&name("directory", path), mode(path, 0o077));
    }
    let key = settings.common.key_file.as_deref();
    if let Some(key) = key.filter(|key| *key != Path::new("-")) {
        let what = name("operator's key", key);
        report.all(&what, mode(key, 0o027));
        if within(key, directory.root()) {
            let words = "it lies in the directory: whoever copies that has the share";
            report.bad(what, words);
        }
    }
    room(directory.root(), report);
    let (authority, board) = (&settings.authority, &settings.board);
    for (certificate, key) in [
        (&authority.tls_certificate, &authority.tls_key),
        (&board.tls_certificate, &board.tls_key),
    ] {
        certificates(certificate.as_ref(), key.as_ref(), report);
    }
}

fn name(what: &str, path: &Path) -> String {
    format!("{what} {}", path.display())
}

/// Whether the bits that nobody else should have are clear.
fn mode(path: &Path, others: u32) -> Result<String, String> {
    let found = fs::metadata(path).map_err(|error| error.to_string())?;
    let mode = found.mode() & 0o777;
    if mode & others != 0 {
        return Err(format!(
            "its mode is {mode:03o}; say chmod {:03o}",
            mode & !others
        ));
    }
    Ok("nobody else reads or writes it".to_owned())
}

fn within(path: &Path, directory: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let (Some(path), Some(directory)) = (real(path), real(directory)) else {
        return false;
    };
    path.starts_with(directory)
}

fn room(path: &Path, report: &mut Report) {
    let found =
        rustix::fs::statvfs(path).map(|found| found.f_bavail.saturating_mul(found.f_frsize));
    let what = "room on the disk";
    match found {
        Err(error) => report.unknown(what, error),
        Ok(bytes) if bytes < ROOM => report.bad(what, format!("{} MiB", bytes >> 20)),
        Ok(bytes) => report.good(what, format!("{} MiB", bytes >> 20)),
    }
}

fn certificates(certificate: Option<&PathBuf>, key: Option<&PathBuf>, report: &mut Report) {
    if certificate.is_none() && key.is_none() {
        return;
    }
    if let Some(key) = key {
        report.all(&name("key of TLS", key), mode(key, 0o027));
    }
    // Whether they go together, too.
    let (certificate, key) = (certificate.map(PathBuf::as_path), key.map(PathBuf::as_path));
    if let Err(error) = tls::server(certificate, key) {
        report.bad("TLS", error);
        return;
    }
    if let Some(path) = certificate {
        let until = ends(path).and_then(|ends| left(ends, SystemTime::now()));
        report.all(&name("certificate", path), until);
    }
}

/// When the first of the certificates of a file ends.
fn ends(path: &Path) -> Result<Duration, String> {
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| error.to_string())?;
    let ends = chain.iter().map(|one| {
        let one = Certificate::from_der(one).map_err(|error| error.to_string())?;
        Ok(one.tbs_certificate.validity.not_after.to_unix_duration())
    });
    let ends = ends.collect::<Result<Vec<_>, String>>()?;
    let first = ends.into_iter().min();
    first.ok_or_else(|| "no certificate in it".to_owned())
}

fn left(ends: Duration, now: SystemTime) -> Result<String, String> {
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let Some(left) = ends.checked_sub(now) else {
        return Err("it has ended".to_owned());
    };
    let words = format!("it ends in {} days", left.as_secs() / 86_400);
    if left < RENEW { Err(words) } else { Ok(words) }
}

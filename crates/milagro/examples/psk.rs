//! The psk file of a server that speaks TLS-PSK and knows nothing of identities, such as mosquitto or
//! gnutls-serv: one line per client, for one day.
//!
//! ```text
//! cargo run --release --example psk -- MASTER DATE SERVER CLIENT...
//! cargo run --release --example psk -- master.key 2027-01-15 broker alice bob > psk_file
//! ```
//!
//! MASTER is the file of a master secret, which is made if it is not there: one authority, for a closed
//! system. The lines go to the standard output, and to each client its own. The server's key alone makes
//! them as well, so a server with `PskResponder` needs no file.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(clippy::std_instead_of_core, reason = "a program, not a library")]

use std::error::Error;
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::{env, fs, io};

use getrandom::SysRng;
use milagro::base::Seconds;
use milagro::tls::keys::{PairMaster, Psk};
use milagro::tls::psk::PskForm;
use milagro::tls::rand_core::UnwrapErr;
use milagro::tls::{Epoch, EpochLength, Principal, Role};

const USAGE: &str = "usage: psk MASTER DATE SERVER CLIENT...   (DATE as 2027-01-15)";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [master, date, server, clients @ ..] = &arguments[..] else {
        return Err(USAGE.into());
    };
    if clients.is_empty() {
        return Err(USAGE.into());
    }
    let authority = authority(Path::new(master))?;
    let epoch = epoch(date).ok_or("not a date like 2027-01-15")?;
    let server = Principal::new(authority.domain(), Role::Server, server)?;
    let servers_key = authority.issue_responder(&server.at(epoch))?;
    for client in clients {
        let client = Principal::new(authority.domain(), Role::Client, client)?;
        let issued = authority.issue(&mut UnwrapErr(SysRng), &client.at(epoch))?;
        let clients_key = issued.accept(&authority.anchor())?;
        // Each end computes the pair's key by itself.
        let here = clients_key.pair(&server)?.external(PskForm::WithEpoch)?;
        let there = servers_key.pair(&client)?.external(PskForm::WithEpoch)?;
        assert_eq!(here.key(), there.key());
        print!("{}", *there.psk_file_line());
    }
    Ok(())
}

/// The authority whose secret is in this file.
fn authority(path: &Path) -> Result<PairMaster<Psk>, Box<dyn Error>> {
    let name = "psk example";
    if !fs::exists(path)? {
        let fresh = PairMaster::<Psk>::random(&mut UnwrapErr(SysRng), name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(&fresh.to_bytes())?;
    }
    let mut secret = [0; PairMaster::<Psk>::LEN];
    let mut file = fs::File::open(path)?;
    file.read_exact(&mut secret)?;
    if file.read(&mut [0])? != 0 {
        return Err(io::Error::other("the file holds more than a master secret").into());
    }
    Ok(PairMaster::from_bytes(&secret, name)?)
}

/// The epoch of a day in UTC, epochs being days.
fn epoch(date: &str) -> Option<Epoch> {
    let mut parts = date.split('-');
    let mut number = || parts.next()?.parse::<u64>().ok();
    let (year, month, day) = (number()?, number()?, number()?);
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let february = if leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month.checked_sub(1)?).ok()?;
    let days = *months.get(before)?;
    if parts.next().is_some() || !(1970..=9999).contains(&year) || !(1..=days).contains(&day) {
        return None;
    }
    let years: u64 = (1970..year)
        .map(|year| if leap(year) { 366 } else { 365 })
        .sum();
    let whole = years + months.iter().take(before).sum::<u64>() + day - 1;
    Some(Epoch::at(Seconds::days(whole), EpochLength::DAY))
}

//! Prints each promised ratio beside its bound. See `--help`.

#![forbid(unsafe_code)]

extern crate alloc;

use alloc::collections::BTreeMap;
use core::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::SystemTime;
use std::{env, path};

use milagro_benches::{Figures, Options, Outcome, Ratio, Table, USAGE};
use milagro_benches::{criterion_home, filter, middle};

const TABLE: &str = include_str!("../../ratios.toml");

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = match Options::parse(env::args().skip(1)) {
        Ok(options) if options.help => {
            write!(io::stdout(), "{USAGE}")?;
            return Ok(ExitCode::SUCCESS);
        }
        Ok(options) => options,
        Err(error) => {
            writeln!(io::stderr(), "{error}")?;
            return Ok(ExitCode::from(2));
        }
    };
    let table = Table::parse(TABLE)?;
    if table.only(&options.only).next().is_none() {
        writeln!(io::stderr(), "no entry of the table has such a name")?;
        return Ok(ExitCode::from(2));
    }
    let home = path::absolute(criterion_home()?)?;
    let (ratios, skipped) = available(&table, &options, &home)?;
    let rounds = if options.rounds == 0 {
        vec![Figures::read(&home)?]
    } else {
        (0..options.rounds)
            .map(|_| round(&ratios, &options, &home))
            .collect::<Result<_, _>>()?
    };
    let holds = print(&ratios, &rounds)?;
    for ratio in skipped {
        let (name, package) = (&ratio.name, ratio.package());
        writeln!(
            io::stdout(),
            "SKIPPED  {name}: {package} does not build here, or has no figures; `--only {name}` shows why"
        )?;
    }
    if options.check && !holds {
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The selected entries, and apart from them those that are not for this machine.
fn available<'a>(
    table: &'a Table,
    options: &'a Options,
    home: &Path,
) -> io::Result<(Vec<&'a Ratio>, Vec<&'a Ratio>)> {
    let figures = Figures::read(home)?;
    let (mut here, mut skipped) = (Vec::new(), Vec::new());
    for ratio in table.only(&options.only) {
        let there = !ratio.skips(options)
            || if options.rounds == 0 {
                ratio.ids().all(|id| figures.median(id).is_some())
            } else {
                bench(ratio.package(), &ratio.bench)
                    .arg("--no-run")
                    .stderr(Stdio::null())
                    .status()?
                    .success()
            };
        if there { &mut here } else { &mut skipped }.push(ratio);
    }
    Ok((here, skipped))
}

/// Measures everything once.
fn round(ratios: &[&Ratio], options: &Options, home: &Path) -> Result<Figures, Box<dyn Error>> {
    let start = SystemTime::now();
    let mut benches: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for ratio in ratios {
        let ids = benches.entry((ratio.package(), &ratio.bench)).or_default();
        ids.extend(ratio.ids());
    }
    for ((package, name), ids) in benches {
        let status = bench(package, name)
            .args(["--", &filter(ids)])
            .args(&options.criterion)
            .env("CRITERION_HOME", home)
            // One core, but where a bench says otherwise.
            .env("RAYON_NUM_THREADS", "1")
            .status()?;
        if !status.success() {
            return Err(
                format!("the benchmarks in {name}.rs of {package} ended with {status}").into(),
            );
        }
    }
    let mut figures = Figures::read(home)?;
    figures.since(start);
    Ok(figures)
}

fn bench(package: &str, name: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["bench", "-p", package, "--bench", name]);
    command
}

/// Prints a line for each entry; true if all of them hold.
fn print(ratios: &[&Ratio], rounds: &[Figures]) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    let width = ratios
        .iter()
        .map(|ratio| ratio.name.len())
        .max()
        .unwrap_or_default();
    let mut all = true;
    for ratio in ratios {
        let outcome = middle(ratio, rounds);
        all &= outcome.holds();
        let bound = ratio
            .bound
            .map_or("report only".to_owned(), |bound| format!("at most {bound}"));
        let name = &ratio.name;
        match &outcome {
            Outcome::Kept(measured) => {
                write!(
                    out,
                    "ok       {name:width$}  {:7.3}  {bound:<13}  {measured}",
                    measured.ratio()
                )?;
            }
            Outcome::Above(measured) => {
                write!(
                    out,
                    "ABOVE    {name:width$}  {:7.3}  {bound:<13}  {measured}",
                    measured.ratio()
                )?;
            }
            Outcome::Missing(ids) => {
                write!(
                    out,
                    "MISSING  {name:width$}        -  {bound:<13}  no figure for {}",
                    ids.join(", ")
                )?;
            }
            _ => {}
        }
        writeln!(out, "  ({})", ratio.text)?;
    }
    writeln!(out, "{}", age(ratios, rounds))?;
    Ok(all)
}

/// How old the figures are, and how far apart: both sides of a ratio should come from one run.
fn age(ratios: &[&Ratio], rounds: &[Figures]) -> String {
    let times = || {
        let ids = || ratios.iter().flat_map(|ratio| ratio.ids());
        rounds
            .iter()
            .flat_map(move |figures| ids().filter_map(|id| figures.measured(id)))
    };
    let minutes = |from: SystemTime, to: SystemTime| {
        to.duration_since(from)
            .map_or(0, |time| time.as_secs() / 60)
    };
    match (times().min(), times().max()) {
        (Some(oldest), Some(newest)) => format!(
            "medians of {} rounds; measured over {} minutes, the last {} minutes ago",
            rounds.len(),
            minutes(oldest, newest),
            minutes(newest, SystemTime::now())
        ),
        _ => "no figures".to_owned(),
    }
}

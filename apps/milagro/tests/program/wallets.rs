//! One wallet and many processes: no token is shown twice, whoever comes first, and whoever is killed.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::process::{Place, Running, bad, good, secret, until};
use crate::tokens::{place, provider};

/// A service that issues, and clients with their wallets in its directory.
struct World {
    place: Place,
    address: String,
    signer: String,
    running: Running,
}

impl World {
    fn new() -> Self {
        let (jwks, token) = provider();
        let lines = format!(
            "provider = \"https://login.example\"\naudience = \"tokens\"\njwks = \"{jwks}\""
        );
        let (place, config) = place(&lines);
        // The first key opens a minute and the leeway after the start.
        let text = fs::read_to_string(&config).expect("a file");
        fs::write(&config, format!("{text}leeway-seconds = 1\n")).expect("written");
        let keys = place.json(["tokens", "init", "--config", &config]);
        let signer = keys["signer"].as_str().expect("a key").to_owned();
        let mut running = place.start(["tokens", "serve", "--config", &config]);
        let address = running.address();
        secret(&place.path("bearer"), &token);
        Self {
            place,
            address,
            signer,
            running,
        }
    }

    fn command(&self, verb: &str, wallet: &str) -> Command {
        let mut command = self.place.command(["tokens", verb]);
        command.args(["--service", &self.address, "--tenant", "weather"]);
        command.args(["--redeemer", "weather.example", "--signer", &self.signer]);
        command.arg("--wallet").arg(self.place.path(wallet));
        command
    }

    fn draw(&self, wallet: &str, full: u16) -> Output {
        let mut command = self.command("draw", wallet);
        command.arg("--bearer-file").arg(self.place.path("bearer"));
        let full = full.to_string();
        let output = command.args(["--low", &full, "--full", &full]).output();
        output.expect("it runs")
    }

    /// Begins to report something that nobody else does.
    fn report(&self, wallet: &str, payload: usize) -> Child {
        let mut command = self.command("report", wallet);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut input = child.stdin.take().expect("standard input");
        write!(input, "report {payload}").expect("written");
        child
    }

    /// How many redemptions had this outcome.
    fn outcomes(&self, outcome: &str) -> u64 {
        let address = format!("{}/metrics", self.running.metrics());
        let text = crate::people::runtime().block_on(async {
            let answer = reqwest::get(address).await.expect("an answer");
            answer.text().await.expect("text")
        });
        let counts = |line: &&str| line.contains("redeemed") && line.contains(outcome);
        let line = text.lines().find(counts);
        let count = line.and_then(|line| line.rsplit_once(' '));
        count.map_or(0, |(_, count)| count.parse().expect("a number"))
    }
}

fn accepted(child: Child) {
    let output = child.wait_with_output().expect("it ends");
    let said: Value = serde_json::from_slice(&good(output)).expect("JSON");
    assert_eq!(said["accepted"], true);
}

#[test]
fn show_no_token_twice() {
    let world = World::new();
    until("a key that issues", || {
        world.draw("one.wallet", 20).status.success()
    });
    // Of one stem, which is no reason to share anything.
    let said: Value = serde_json::from_slice(&good(world.draw("one.purse", 20))).expect("JSON");
    assert_eq!((&said["drawn"], &said["tokens"]), (&20.into(), &20.into()));

    let both = ["one.wallet", "one.purse"];
    let reports = (0..12).map(|number| world.report(both[number % 2], number));
    let reports: Vec<_> = reports.collect();
    reports.into_iter().for_each(accepted);
    assert_eq!(
        (world.outcomes("spent"), world.outcomes("refused")),
        (12, 0)
    );

    // Killed anywhere between reading the wallet and hearing what came of it.
    for number in 12..24 {
        let mut killed = world.report("one.wallet", number);
        thread::sleep(Duration::from_millis(
            u64::try_from(number % 6).expect("few") * 8,
        ));
        killed.kill().expect("killed");
        killed.wait().expect("gone");
    }
    for number in 24..26 {
        accepted(world.report("one.wallet", number));
    }
    assert!(world.outcomes("spent") >= 14);
    assert_eq!(world.outcomes("refused"), 0);

    // What stands where the next state is written is neither followed nor kept.
    let victim = world.place.path("victim");
    fs::write(&victim, "untouched").expect("written");
    std::os::unix::fs::symlink(&victim, world.place.path("one.wallet.next")).expect("a link");
    accepted(world.report("one.wallet", 26));
    assert_eq!(fs::read(&victim).expect("a file"), b"untouched");

    // A wallet that is none is left as it is.
    fs::write(world.place.path("none"), "tokens").expect("written");
    let (code, words) = bad(&world.draw("none", 1));
    assert!(code == 1 && words.contains("saved state"), "{code} {words}");
    assert_eq!(
        fs::read(world.place.path("none")).expect("a file"),
        b"tokens"
    );
}

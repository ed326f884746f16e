//! Files of exported keys that are wrong: each is refused with the reason, and nothing of it is kept.

use std::fs;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::process::{Place, bad, good};
use crate::tokens::tenant;

struct World {
    issuer: Place,
    redeemer: Place,
    config: String,
    redeeming: String,
}

impl World {
    fn new() -> Self {
        let (issuer, redeemer) = (Place::at_once(), Place::at_once());
        let tenants = ["weather", "rain"].map(|name| tenant(name) + "keys = \"exportable\"\n");
        let tenants = tenants.concat();
        let written = |lines: &str| {
            let name = if lines.is_empty() {
                "issuer"
            } else {
                "redeemer"
            };
            let path = issuer.path(&format!("{name}.toml"));
            let text = format!("[tokens]\nlisten = \"127.0.0.1:0\"\n{lines}\n{tenants}");
            fs::write(&path, text).expect("written");
            path.to_str().expect("UTF-8").to_owned()
        };
        let (config, redeeming) = (written(""), written("redeem-only = true"));
        for verb in ["init", "rotate"] {
            good(issuer.output(["tokens", verb, "--config", &config]));
        }
        Self {
            issuer,
            redeemer,
            config,
            redeeming,
        }
    }

    fn ledger(&self) -> String {
        let said = self
            .redeemer
            .json(["tokens", "ledger", "--config", &self.redeeming]);
        said["ledger"].as_str().expect("a name").to_owned()
    }

    fn export(&self, tenant: &str, ledger: &str, more: &[&str]) -> Output {
        let mut command = self
            .issuer
            .command(["tokens", "export", "--tenant", tenant]);
        command.args(["--ledger", ledger, "--config", &self.config]);
        command.args(more).output().expect("it runs")
    }

    fn exported(&self, tenant: &str, ledger: &str, more: &[&str]) -> Value {
        let said = good(self.export(tenant, ledger, more));
        serde_json::from_slice(&said).expect("JSON")
    }

    fn import(&self, tenant: &str, text: &str) -> Output {
        use std::io::Write as _;
        let mut command = self
            .redeemer
            .command(["tokens", "import", "--tenant", tenant]);
        command.args(["--config", &self.redeeming]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut input = child.stdin.take().expect("standard input");
        // What is wrong may be said before all of it is read.
        let _written = input.write_all(text.as_bytes());
        drop(input);
        child.wait_with_output().expect("it ends")
    }

    fn imported(&self, tenant: &str, bundle: &Value) -> Value {
        let said = good(self.import(tenant, &bundle.to_string()));
        let said: Value = serde_json::from_slice(&said).expect("JSON");
        said["keys"].clone()
    }

    fn serve(&self) -> (i32, String) {
        bad(&self
            .redeemer
            .output(["tokens", "serve", "--config", &self.redeeming]))
    }
}

#[test]
fn keys_that_are_wrong_leave_nothing() {
    let day = crate::people::day();
    let world = World::new();
    let (own, foreign) = (world.ledger(), "ab".repeat(32));
    let weather = world.exported("weather", &own, &[]);
    let rain = world.exported("rain", &foreign, &[]);
    let with = |part: &str, value: &Value| {
        let mut other = weather.clone();
        other[part] = value.clone();
        other.to_string()
    };
    let short = |part: &str| {
        let text = weather[part].as_str().expect("text");
        with(part, &json!(text[..text.len() - 4]))
    };
    let whole = weather.to_string();
    let mut mixed = weather.clone();
    for part in ["schedule", "signer"] {
        mixed[part] = rain[part].clone();
    }
    let mut elsewhere = rain.clone();
    elsewhere["tenant"] = json!("weather");
    for (text, words) in [
        (with("tenant", &json!("rain")), "there is no rain"),
        (with("tenant", &json!("snow")), "there is no snow"),
        (with("signer", &rain["signer"]), "not signed by the signer"),
        (
            with("schedule", &rain["schedule"]),
            "not signed by the signer",
        ),
        (with("more", &json!(1)), "unknown field"),
        (mixed.to_string(), "another plan"),
        (elsewhere.to_string(), ""),
        (short("keys"), ""),
        (short("schedule"), ""),
        (short("signer"), ""),
        (whole[..whole.len() / 2].to_owned(), ""),
        (String::new(), ""),
    ] {
        let (code, said) = bad(&world.import("weather", &text));
        assert!(code == 3 && said.contains(words), "{words}: {code} {said}");
        let secret = weather["keys"].as_str().expect("text");
        assert!(!said.contains(&secret[60..100]), "{said}");
    }
    let (code, said) = bad(&world.import("rain", &rain.to_string()));
    assert!(
        code == 3 && said.contains("keys for another ledger"),
        "{said}"
    );
    // There is nothing yet, and what is right is taken as if nothing had been tried.
    let (_, said) = world.serve();
    assert!(said.contains("say `milagro tokens import` first"), "{said}");
    let keys = world.imported("weather", &weather);
    assert!(keys.as_u64().is_some_and(|keys| keys >= 3), "{keys}");
    assert_eq!(world.imported("weather", &weather), keys);
    let (code, said) = bad(&world.export("rain", &own, &[]));
    assert!(code == 1 && said.contains("give --moved"), "{said}");
    let moved = world.exported("rain", &own, &["--moved"]);
    assert!(world.imported("rain", &moved).as_u64().is_some());

    // The current key is withdrawn: a file from before changes nothing any more.
    let text = fs::read_to_string(&world.config).expect("a file");
    let text = text.replacen(
        "quota = 100",
        &format!("quota = 100\nwithdrawn = [{{ epoch = {day}, serial = 0 }}]"),
        1,
    );
    fs::write(&world.config, text).expect("written");
    good(
        world
            .issuer
            .output(["tokens", "rotate", "--config", &world.config]),
    );
    let later = world.exported("weather", &own, &[]);
    assert_eq!(world.imported("weather", &later), keys);
    assert_eq!(world.imported("weather", &weather), json!(0));
    assert_eq!(world.imported("weather", &later), keys);
}

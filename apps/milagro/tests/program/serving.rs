//! A service while it runs: lists, permits, bulletins, rates, signals, TLS.

use std::fs;

use milagro_dta::AuthorityId;
use milagro_dta::grants::ClientKey;
use milagro_dta::issue::Received;
use milagro_dta::permits::bulletin::{CoverBatch, Draft, ProofShare};
use milagro_dta::permits::{
    CoverShare, ListMark, Period, RevocationList, SignedList, combine_cover,
};
use milagro_mpin::Identity;
use milagro_mpin::names::{Epoch, EpochLength};
use milagro_wire::bounded::Blob;
use milagro_wire::client::{AuthorityClient, CallError, Endpoint, Patience};
use milagro_wire::forms::{PermitKind, PermitRequest};
use milagro_wire::problem::ProblemType;

use crate::people::{Council, Registrar, ask, client, day, domain, rng, runtime};
use crate::process::Running;

fn list(registrar: &Registrar, revoked: &[&[u8]], last: &ListMark) -> SignedList {
    let mut list = RevocationList::new(registrar.domain);
    for name in revoked {
        list.revoke(&Identity::raw(name).expect("a name"));
    }
    list.sign(&mut rng(), &registrar.key, last).expect("signed")
}

fn word<T: core::fmt::Debug>(answer: Result<T, CallError>) -> ProblemType {
    match answer {
        Err(CallError::Problem(problem)) => problem.known().expect("a known problem"),
        other => panic!("{other:?}"),
    }
}

fn wanted(registrar: &Registrar, name: &[u8], epoch: u64) -> PermitRequest {
    PermitRequest {
        domain: Blob::new(registrar.domain.to_bytes()).expect("fits"),
        identity: Blob::new(Identity::raw(name).expect("a name").to_bytes()).expect("fits"),
        epoch,
        kind: PermitKind::Cover,
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story of three services and four lists"
)]
fn permits_and_bulletins_by_the_last_list() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let today = day();
    let running: Vec<_> = council
        .members
        .iter()
        .map(|member| registrar.serve(member))
        .collect();
    let clients: Vec<AuthorityClient> =
        running.iter().map(|(_, address)| client(address)).collect();
    let domain = domain(&running[0].1);
    let id = Blob::<32>::new(registrar.domain.to_bytes()).expect("fits");
    let runtime = runtime();

    // Before the first list there are no permits.
    let none = endpoint_without_patience(&running[0].1);
    let early = runtime.block_on(none.permit(&wanted(&registrar, b"alice", today)));
    assert_eq!(word(early), ProblemType::Unavailable);

    let first = list(&registrar, &[b"bob"], &ListMark::NONE);
    let second = list(&registrar, &[b"bob", b"carol"], first.mark());
    for client in &clients {
        for list in [&first, &first, &second, &second] {
            let answer = runtime
                .block_on(client.put_list(&id, &list.to_bytes()))
                .expect("taken");
            assert_eq!(answer.number, list.mark().sequence);
        }
        // Rolled back, forked, of nobody.
        assert_eq!(
            word(runtime.block_on(client.put_list(&id, &first.to_bytes()))),
            ProblemType::Older
        );
        let fork = list(&registrar, &[], first.mark());
        assert_eq!(
            word(runtime.block_on(client.put_list(&id, &fork.to_bytes()))),
            ProblemType::Conflict
        );
        let nobody = Registrar {
            key: milagro_dta::grants::RegistrarKey::random(&mut rng()),
            ..registrar_of(&registrar)
        };
        let unsigned = list(&nobody, &[], second.mark());
        assert_eq!(
            word(runtime.block_on(client.put_list(&id, &unsigned.to_bytes()))),
            ProblemType::Refused
        );
    }

    // Alice has a permit for today and tomorrow; nobody has one for later or before, and the revoked have none.
    let mut shares = Vec::new();
    for client in &clients[1..] {
        let answer = runtime
            .block_on(client.permit(&wanted(&registrar, b"alice", today)))
            .expect("a share");
        let from = AuthorityId::new(answer.authority).expect("a number");
        let value = CoverShare::from_bytes(answer.share.as_bytes()).expect("a share");
        shares.push(Received { from, value });
        runtime
            .block_on(client.permit(&wanted(&registrar, b"alice", today + 1)))
            .expect("a share");
        for epoch in [today + 3, today - 2, u64::MAX] {
            let asked = runtime.block_on(client.permit(&wanted(&registrar, b"alice", epoch)));
            assert_eq!(word(asked), ProblemType::Epoch, "{epoch}");
            assert_eq!(
                word(runtime.block_on(client.covers(&id, epoch))),
                ProblemType::Epoch
            );
        }
        let revoked = runtime.block_on(client.permit(&wanted(&registrar, b"carol", today)));
        assert_eq!(word(revoked), ProblemType::Revoked);
    }
    let alice = Identity::raw(b"alice").expect("a name");
    let period = Period {
        epoch: Epoch(today),
        length: EpochLength::DAY,
    };
    combine_cover(&domain, &alice, period, shares).expect("a permit");

    // A bulletin of everybody's permits.
    let received = |client: &AuthorityClient, number: u16| {
        let bytes = runtime.block_on(client.covers(&id, today)).expect("shares");
        let value = CoverBatch::from_bytes(&bytes).expect("shares");
        Received {
            from: AuthorityId::new(number).expect("a number"),
            value,
        }
    };
    let batches = vec![received(&clients[0], 1), received(&clients[2], 3)];
    let draft = Draft::combine(&domain, &second, period, batches)
        .expect("a draft")
        .key;
    let proofs = [(&clients[0], 1_u16), (&clients[2], 3)].map(|(client, number)| {
        let answer = runtime
            .block_on(client.prove(&id, &draft))
            .expect("a proof");
        let value = ProofShare::from_bytes(answer.share.as_bytes()).expect("a proof");
        Received {
            from: AuthorityId::new(number).expect("a number"),
            value,
        }
    });
    let bulletin = draft
        .clone()
        .prove(&domain, proofs)
        .expect("a bulletin")
        .key;
    assert!(bulletin.permit(&alice).is_some());

    // A list more, after a kill: the draft is about an older list, and longer ones are not even read.
    let (first_running, _) = running.into_iter().next().expect("it runs");
    let third = list(&registrar, &[], second.mark());
    runtime
        .block_on(clients[0].put_list(&id, &third.to_bytes()))
        .expect("taken");
    first_running.kill();
    let (_running, address) = registrar.serve(&council.members[0]);
    let again = client(&address);
    assert_eq!(
        runtime
            .block_on(again.domains())
            .expect("domains")
            .domains
            .as_slice()[0]
            .list,
        3
    );
    assert_eq!(
        word(runtime.block_on(again.prove(&id, &draft))),
        ProblemType::TooLarge
    );
    assert_eq!(
        word(runtime.block_on(again.put_list(&id, &second.to_bytes()))),
        ProblemType::Older
    );
}

fn registrar_of(registrar: &Registrar) -> Registrar {
    let key = milagro_dta::grants::RegistrarKey::from_bytes(&registrar.key.to_bytes());
    Registrar {
        key: key.expect("a key"),
        domain: registrar.domain,
    }
}

fn endpoint_without_patience(address: &str) -> AuthorityClient {
    let endpoint = Endpoint::new(address, crate::process::http(), Patience::NONE);
    AuthorityClient::new(endpoint.expect("an address"))
}

/// Fetches a path without a client of ours.
fn fetch(address: &str, path: &str) -> (u16, String) {
    runtime().block_on(async {
        let asked = crate::process::client().get(format!("{address}{path}"));
        let answer = asked.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    })
}

#[test]
fn rates_signals_and_documents() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let member = &council.members[0];
    let config = member.path("milagro.toml");
    let write = |rate: u32| {
        let text = format!(
            "log = \"info\"\n[authority]\nlisten = \"127.0.0.1:0\"\nregistrars = [\"{}\"]\ngrants-per-minute = {rate}\n",
            registrar.setting()
        );
        fs::write(&config, text).expect("written");
    };
    write(1);
    let mut running = member.start(["--config", config.to_str().expect("UTF-8"), "authority"]);
    let address = running.address();
    let none = endpoint_without_patience(&address);
    let ask_once = |name: &[u8]| {
        let key = ClientKey::random(&mut rng());
        let grant = Blob::new(registrar.grant(name, &key).to_bytes()).expect("fits");
        runtime().block_on(none.share(&milagro_wire::forms::ShareRequest { grant }))
    };
    ask_once(b"one").expect("a share");
    // A stranger's grants do not use the rate up, and are refused for what they are.
    let stranger = Registrar {
        key: milagro_dta::grants::RegistrarKey::random(&mut rng()),
        domain: registrar.domain,
    };
    let key = ClientKey::random(&mut rng());
    let foreign = stranger.grant(b"two", &key).to_bytes();
    for _ in 0..3 {
        assert_eq!(word(ask(&address, &foreign)), ProblemType::Refused);
    }
    ask_once(b"two").expect("the one that finds out");
    let Err(CallError::Problem(problem)) = ask_once(b"three") else {
        panic!("answered")
    };
    assert_eq!(problem.known(), Some(ProblemType::Rate));
    assert!(
        problem
            .retry_after
            .is_some_and(|seconds| (1..=61).contains(&seconds)),
        "{problem:?}"
    );

    // A wrong file changes nothing; a right one does, without a new process.
    fs::write(&config, "grants = 1").expect("written");
    running.signal("HUP");
    crate::process::until("an error", || running.log().contains("not reloaded"));
    write(600);
    running.signal("HUP");
    crate::process::until("new routes", || running.log().contains("\"reloaded\""));
    // By the new number, not by the one that stood in the file when the process began.
    for name in [b"three".as_slice(), b"four", b"five"] {
        ask_once(name).expect("a share");
    }

    assert_eq!(fetch(&address, "/healthz").0, 204);
    let (status, ready) = fetch(&address, "/readyz");
    assert_eq!(
        (status, ready.contains("no revocation list yet")),
        (503, true),
        "{ready}"
    );
    // Not for everybody who reaches the service.
    assert_eq!(fetch(&address, "/metrics").0, 404);
    let (_, metrics) = fetch(&running.metrics(), "/metrics");
    assert!(
        metrics.contains("milagro_grants_total{answer=\"answered\"} 5"),
        "{metrics}"
    );
    let (_, document) = fetch(&address, "/openapi.json");
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    assert!(document["paths"]["/v1/shares"]["post"]["responses"]["403"].is_object());
    let grant = &document["components"]["schemas"]["ShareRequest"]["properties"]["grant"];
    assert_eq!(grant["maxLength"], 2_731);

    running.signal("TERM");
    assert!(running.status().success(), "{}", running.log());
    let log = running.log();
    for line in log.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "{line}"
        );
    }
    let key = fs::read_to_string(member.path("key")).expect("a key");
    for secret in [key.as_str(), "one", "three"] {
        assert!(
            !log.contains(&format!("\"{secret}\"")) && !log.contains(&key),
            "{log}"
        );
    }
}

#[test]
fn tls_with_certificates_that_are_replaced() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let member = &council.members[0];
    let (certificate, key) = (member.path("cert.pem"), member.path("tls.key"));
    let renew = || {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("made");
        fs::write(&certificate, made.cert.pem()).expect("written");
        fs::write(&key, made.signing_key.serialize_pem()).expect("written");
        reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).expect("a certificate")
    };
    let first = renew();
    let setting = registrar.setting();
    let mut running: Running = member.start([
        "authority",
        "--listen",
        "127.0.0.1:0",
        "--registrars",
        &setting,
        "--tls-certificate",
        certificate.to_str().expect("UTF-8"),
        "--tls-key",
        key.to_str().expect("UTF-8"),
    ]);
    let address = running.address().replace("127.0.0.1", "localhost");
    assert!(address.starts_with("https://"));
    let trusting = |root: &reqwest::Certificate| {
        let builder = crate::process::http().tls_certs_only([root.clone()]);
        AuthorityClient::new(Endpoint::new(&address, builder, Patience::NONE).expect("an address"))
    };
    let runtime = runtime();
    runtime
        .block_on(trusting(&first).domains())
        .expect("domains");
    let second = renew();
    assert!(runtime.block_on(trusting(&second).domains()).is_err());
    running.signal("HUP");
    crate::process::until("the new certificate", || {
        runtime.block_on(trusting(&second).domains()).is_ok()
    });
    assert!(runtime.block_on(trusting(&first).domains()).is_err());
}

//! Grants, and the shares that authorities seal on them.

use milagro_base::Seconds;
use milagro_dta::grants::{
    ClientKey, Desk, Enrolment, Grant, Granted, IssuedSet, RegistrarKey, SignedGrant,
};
use milagro_dta::issue::{ClientSecret, ServerSecret};
use milagro_dta::{Authority, Mpin, TrustDomain};
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::ServerId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::stream::{Draw, Stream, Tape};
use super::world::{Council, identity};
use super::{Outputs, Wire, of};
use crate::Mismatch;
use crate::hexadecimal::Hex;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issue {
    council: Council,
    subject: Subject,
    /// The registrar's secret key, 32 bytes.
    registrar: Hex,
    /// 32 bytes for its signature.
    registrar_randomness: Hex,
    /// The client's secret key on X25519, 32 bytes.
    client_key: Hex,
    from: u64,
    until: u64,
    /// What each authority draws: 32 bytes for the proof of a share in G1, and 32 to seal it.
    authority_randomness: Vec<Hex>,
}

/// Whom the key is for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Subject {
    Client(Hex),
    Server(String),
}

/// The keys at hand, and what the authorities draw.
struct Keys<'a> {
    domain: TrustDomain<Mpin>,
    authorities: Vec<Authority<Mpin>>,
    registrar: RegistrarKey,
    client: ClientKey,
    tapes: Vec<Tape<'a>>,
}

/// What crosses the wire, and what comes of it.
struct Answered<K> {
    grant: Vec<u8>,
    sealed: Vec<Vec<u8>>,
    key: K,
}

impl Issue {
    fn keys(&self) -> Result<Keys<'_>, Mismatch> {
        let (domain, authorities) = self.council.deal()?;
        let registrar = RegistrarKey::from_bytes(&self.registrar.array("registrar")?);
        if self.authority_randomness.len() != authorities.len() {
            return Err(Mismatch::new("authority_randomness", "not one for each"));
        }
        Ok(Keys {
            domain,
            authorities,
            registrar: registrar.map_err(of("registrar"))?,
            client: ClientKey::from_bytes(&self.client_key.array("client_key")?),
            tapes: self.authority_randomness.iter().map(Tape::new).collect(),
        })
    }

    fn signed<U: Granted<Protocol = Mpin>>(
        &self,
        keys: &Keys<'_>,
        subject: U::Subject,
    ) -> Result<Vec<u8>, Mismatch> {
        let grant = Grant::<U> {
            domain: *keys.domain.id(),
            subject,
            client: keys.client.public().map_err(of("client_key"))?,
            from: Seconds::new(self.from),
            until: Seconds::new(self.until),
        };
        let mut tape = Tape::new(&self.registrar_randomness);
        let signed = grant.sign(&mut tape, &keys.registrar).map_err(of("from"))?;
        tape.finish("registrar_randomness")?;
        Ok(signed.to_bytes())
    }

    /// Grant, answers of all authorities, and the key.
    fn answered<U: Granted<Protocol = Mpin>>(
        &self,
        keys: Keys<'_>,
        subject: U::Subject,
    ) -> Result<Answered<U::Output>, Mismatch> {
        let grant = self.signed::<U>(&keys, subject)?;
        let read = SignedGrant::<U>::from_bytes(&grant).map_err(of("subject"))?;
        let enrolment = Enrolment::new(&keys.domain, &keys.client, &read);
        let mut enrolment = enrolment.map_err(of("client_key"))?;
        let now = Seconds::new(self.from);
        let mut sealed = Vec::new();
        for (mut authority, mut tape) in keys.authorities.into_iter().zip(keys.tapes) {
            let ledger = MemoryLedger::init(&mut Stream::new(&[]), 16, Seconds::ZERO);
            let nobody = IssuedSet::new(*keys.domain.id());
            let counted = authority.count_anew_in_local(&ledger, &nobody, now);
            counted.map_err(of("council"))?;
            let desk = Desk {
                registrar: &keys.registrar.public(),
                ledger: &ledger,
                now,
            };
            let answer = authority.answer_local::<U, _, _>(&mut tape, &desk, &grant);
            let answer = answer.map_err(of("subject"))?;
            tape.finish("authority_randomness")?;
            let added = enrolment.add(authority.id(), &answer.sealed);
            added.map_err(of("subject"))?;
            sealed.push(answer.sealed);
        }
        let combined = enrolment.finish().map_err(of("council"))?;
        Ok(Answered {
            grant,
            sealed,
            key: combined.key,
        })
    }

    /// What is sealed: the shares, made with the first 32 bytes that an authority draws.
    fn client_shares(
        &self,
        keys: &Keys<'_>,
        of_whom: &milagro_mpin::Identity,
    ) -> Result<Vec<Vec<u8>>, Mismatch> {
        let drawn = self.authority_randomness.iter();
        let shares = keys.authorities.iter().zip(drawn);
        let shares = shares.map(|(authority, drawn)| {
            let mut tape = Tape::new(drawn);
            let share = authority
                .uncounted()
                .issue::<ClientSecret, _>(&mut tape, of_whom);
            share.map(|share| share.to_bytes().to_vec())
        });
        shares.collect::<Result<_, _>>().map_err(of("subject"))
    }
}

impl Wire for Issue {
    const NAME: &'static str = "milagro-wire-issue";
    const ABOUT: &'static str = "wire format 2: grants, sealed shares of secrets, and the secret";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let keys = self.keys()?;
        let client = keys.client.public().map_err(of("client_key"))?;
        let outputs = Outputs::default()
            .bytes("domain", keys.domain.to_bytes())
            .bytes("domain_id", keys.domain.id().to_bytes())
            .bytes("registrar_public", keys.registrar.public().to_bytes())
            .bytes("client_public", client.as_bytes());
        let (outputs, grant, sealed, secret) = match &self.subject {
            Subject::Client(bytes) => {
                let whom = identity(bytes)?;
                let outputs = outputs.all("shares", self.client_shares(&keys, &whom)?);
                let Answered { grant, sealed, key } = self.answered::<ClientSecret>(keys, whom)?;
                (outputs, grant, sealed, key.as_point().to_bytes().to_vec())
            }
            Subject::Server(name) => {
                let server = ServerId::new(name.as_bytes()).map_err(of("subject"))?;
                let shares = keys.authorities.iter().map(|authority| {
                    let share = authority.uncounted().issue_server(&server);
                    share.map(|share| share.to_bytes().to_vec())
                });
                let shares: Vec<_> = shares.collect::<Result<_, _>>().map_err(of("subject"))?;
                let outputs = outputs.all("shares", shares);
                let Answered { grant, sealed, key } =
                    self.answered::<ServerSecret>(keys, server)?;
                (outputs, grant, sealed, key.as_point().to_bytes().to_vec())
            }
        };
        Ok(outputs
            .bytes("grant", grant)
            .all("sealed", sealed)
            .bytes("secret", secret))
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let case = |subject: Value, threshold: u16, authorities: u16, length: usize| {
            let randomness: Vec<_> = (1..=authorities)
                .map(|number| draw.bytes(&format!("issue authority {number}"), length))
                .collect();
            json!({
                "council": council(draw, "issue", threshold, authorities),
                "subject": subject,
                "registrar": draw.scalar("issue registrar"),
                "registrar_randomness": draw.bytes("issue registrar randomness", 32),
                "client_key": draw.bytes("issue client key", 32),
                "from": 1_800_000_000_u64,
                "until": 1_800_086_400_u64,
                "authority_randomness": randomness,
            })
        };
        let identity = format!("010020{}", draw.bytes("issue pseudonym", 32));
        vec![
            (
                "the secret of a client, by two of three",
                case(json!({ "client": identity }), 2, 3, 64),
            ),
            (
                "the secret of a client, by all of three",
                case(json!({ "client": identity }), 3, 3, 64),
            ),
            (
                "the secret of a server: shares in G2 have no proof",
                case(json!({ "server": "login.example" }), 2, 3, 32),
            ),
        ]
    }
}

/// Authorities of a domain.
pub(super) fn council(draw: Draw<'_>, label: &str, threshold: u16, authorities: u16) -> Value {
    json!({
        "domain": "example",
        "master": draw.scalar(&format!("{label} master")),
        "threshold": threshold,
        "authorities": authorities,
        "dealer_randomness": draw.bytes(&format!("{label} dealer"), 32),
    })
}

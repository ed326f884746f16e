//! JSON of the services: what is read is written and read again as the same, unknown fields are refused in what is asked, and
//! nothing is longer than its bound.

#![no_main]

use core::fmt::Debug;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use milagro_fuzz::Damage;
use milagro_wire::bounded::{Blob, List, Text};
use milagro_wire::forms::registrar::{
    EnrolmentRequest, Entitlement, HookEntitlement, MailRequest, NewsRequest, ServerAnswer,
    ServerRequest, SharesAnswer, SubjectsAnswer, UserRequest,
};
use milagro_wire::forms::{
    DomainForm, DomainsAnswer, NamesAnswer, PermitKind, PermitRequest, ProtocolName, ReadyAnswer,
    ShareAnswer, ShareRequest,
};
use milagro_wire::login::agreements::{AgreementRequest, ConfirmRequest};
use milagro_wire::login::names::{ClientId, Number, Origin};
use milagro_wire::login::{
    ChallengeAnswer, HandOffRequest, LoginAnswer, LoginRequest, LookRequest, OwnDevicesAnswer,
    PROOF_MAX, Purpose, RedeemAnswer, RedeemRequest, SessionsAnswer, SignatureRequest,
};
use milagro_wire::problem::{Problem, ProblemType};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a form is made of.
#[derive(Arbitrary, Debug)]
struct Made {
    which: u8,
    bytes: Vec<u8>,
    text: String,
    number: u64,
    damage: Damage,
}

impl Made {
    fn blob<const MAX: usize>(&self) -> Blob<MAX> {
        let bytes = self.bytes.get(..self.bytes.len().min(MAX));
        Blob::new(bytes.unwrap_or_default()).expect("it fits")
    }

    fn text<const MAX: usize>(&self) -> Text<MAX> {
        Text::new(self.text.as_str()).unwrap_or(Text::new("a text").expect("a text"))
    }

    fn origin(&self) -> Origin {
        Origin::new(&self.text).unwrap_or(Origin::new("https://shop.example").expect("an origin"))
    }

    fn client(&self) -> ClientId {
        ClientId::new(&self.text).unwrap_or(ClientId::new("shop").expect("a name"))
    }

    fn purpose(&self) -> Purpose {
        match self.number % 3 {
            0 => Purpose::Session {},
            1 => Purpose::Code {
                client: self.client(),
                origin: self.origin(),
            },
            _ => Purpose::HandOff {
                number: Number::with_check(self.number as u32 % Number::COUNT).expect("a number"),
                origin: self.origin(),
            },
        }
    }

    fn entitlement(&self) -> Entitlement {
        if self.number % 2 == 0 {
            return Entitlement::Code(self.text());
        }
        Entitlement::Hook(HookEntitlement {
            user: self.text(),
            context: self.text(),
        })
    }

    /// A form that is right, as it is sent.
    fn sent(&self) -> Vec<u8> {
        match self.which % 5 {
            0 => asked(&LoginRequest {
                proof: self.blob(),
                cookie: self.blob(),
                purpose: self.purpose(),
            }),
            1 => asked(&EnrolmentRequest {
                client: self.blob(),
                by: self.entitlement(),
            }),
            2 => asked(&PermitRequest {
                domain: self.blob(),
                identity: self.blob(),
                epoch: self.number,
                kind: PermitKind::Personal,
            }),
            3 => {
                let form = DomainForm {
                    protocol: ProtocolName::Mpin,
                    authority: self.number as u16,
                    domain: self.blob(),
                    list: self.number,
                    epochs: None,
                };
                let domains = vec![form; self.number as usize % 17];
                said(&DomainsAnswer {
                    domains: List::new(domains).expect("it fits"),
                })
            }
            _ => {
                let kinds: Vec<_> = ProblemType::all().collect();
                let kind = kinds[self.number as usize % kinds.len()];
                let problem = kind.problem().saying(&self.text).after(self.number);
                assert_eq!(problem.known(), Some(kind));
                said(&problem)
            }
        }
    }
}

/// What is right is read as it was.
fn said<T: Serialize + DeserializeOwned + PartialEq + Debug>(form: &T) -> Vec<u8> {
    let written = serde_json::to_vec(form).expect("it is written");
    assert_eq!(
        &serde_json::from_slice::<T>(&written).expect("it is read"),
        form
    );
    written
}

/// And with a field that nobody knows it is not, where something is asked.
fn asked<T: Serialize + DeserializeOwned + PartialEq + Debug>(form: &T) -> Vec<u8> {
    let written = said(form);
    let more = [b"{\"unknown\":0,".as_slice(), &written[1..]].concat();
    assert!(serde_json::from_slice::<T>(&more).is_err());
    written
}

fn read<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) -> Option<T> {
    let form = serde_json::from_slice::<T>(bytes).ok()?;
    let _written = said(&form);
    Some(form)
}

macro_rules! all_read {
    ($bytes:expr; $($form:ty),+ $(,)?) => { $(let _form = read::<$form>($bytes);)+ };
}

fuzz_target!(|made: Made| {
    let bytes = made.damage.apply(&made.sent());
    if let Some(form) = read::<LoginRequest>(&bytes) {
        assert!(form.proof.as_bytes().len() <= PROOF_MAX);
    }
    if let Some(form) = read::<DomainsAnswer>(&bytes) {
        assert!(form.domains.as_slice().len() <= 16);
    }
    all_read!(
        &bytes; EnrolmentRequest, MailRequest, NewsRequest, ServerRequest, UserRequest, PermitRequest, ShareRequest,
        AgreementRequest, ConfirmRequest, HandOffRequest, LookRequest, RedeemRequest, SignatureRequest, ChallengeAnswer,
        LoginAnswer, NamesAnswer, OwnDevicesAnswer, Problem, ReadyAnswer, RedeemAnswer, ServerAnswer, SessionsAnswer,
        ShareAnswer, SharesAnswer, SubjectsAnswer,
    );
});

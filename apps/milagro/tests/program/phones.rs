//! Phones that go on asking until they know.

use core::time::Duration;

use milagro_mpin::client::PinLength;
use milagro_mpin::{Challenge, ChannelBinding, Factors, Identity, Pin, Target, Token};
use milagro_wire::bounded::Blob;
use milagro_wire::client::{CallError, LoginClient};
use milagro_wire::login::names::{ClientId, Origin};
use milagro_wire::login::{LoginRequest, Purpose};
use milagro_wire::problem::{Problem, ProblemType};

use crate::logins::{SHOP, World};
use crate::people::rng;

pub(crate) const RIGHT: &str = "258017";
pub(crate) const WRONG: &str = "258018";

/// A phone with its token and its cookie.
pub(crate) struct Phone {
    token: Token,
    target: Target,
    pub(crate) cookie: Blob<64>,
}

/// What is known after an answer, or after none.
pub(crate) enum Said<T> {
    Yes(T),
    No(Problem),
    /// The answer is lost, or the service does not know itself.
    Nothing,
}

/// The name of the device of a user.
pub(crate) fn identity(name: &str) -> Identity {
    Identity::device("shop", name, &[7; 16]).expect("a name")
}

impl Phone {
    pub(crate) fn new(world: &World, name: &str, cookie: Blob<64>) -> Self {
        let secret = world.master.issue_client(&identity(name));
        Self {
            token: Token::new(world.domain, secret, &factors(RIGHT)).expect("a token"),
            target: Target {
                domain: world.domain,
                server: world.server.clone(),
                binding: ChannelBinding::None,
            },
            cookie,
        }
    }

    /// What it keeps of its secret.
    pub(crate) fn token(&self) -> Vec<u8> {
        self.token.to_bytes().to_vec()
    }

    /// A login for the shop, with a PIN.
    pub(crate) fn login(&self, challenge: Challenge, pin: &str) -> LoginRequest {
        let secret = self.token.unlock(&factors(pin)).expect("a secret");
        let login = secret.login(&self.target);
        let proof = login.answer(&mut rng(), challenge).expect("a proof");
        LoginRequest {
            proof: Blob::new(proof.to_bytes()).expect("fits"),
            cookie: self.cookie.clone(),
            purpose: Purpose::Code {
                client: shop(),
                origin: origin(),
            },
        }
    }
}

pub(crate) fn shop() -> ClientId {
    ClientId::new("shop").expect("an id")
}

pub(crate) fn origin() -> Origin {
    Origin::new(SHOP).expect("an origin")
}

fn factors(pin: &str) -> Factors {
    Factors::pin(Pin::new(pin, PinLength::SIX).expect("a PIN"))
}

pub(crate) fn said<T>(answer: Result<T, CallError>) -> Said<T> {
    match answer {
        Ok(answer) => Said::Yes(answer),
        Err(CallError::Problem(problem)) if problem.known() == Some(ProblemType::Refused) => {
            Said::No(problem)
        }
        Err(_) => Said::Nothing,
    }
}

/// A challenge, however long it takes.
pub(crate) async fn challenge(client: &LoginClient) -> Challenge {
    loop {
        if let Ok(answer) = client.challenge().await {
            return Challenge::from_bytes(answer.challenge.as_bytes()).expect("a challenge");
        }
        pause().await;
    }
}

/// Until the service is there again, perhaps.
pub(crate) async fn pause() {
    tokio::time::sleep(Duration::from_millis(15)).await;
}

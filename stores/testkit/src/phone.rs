//! A user's device, for the examples: it keeps a token, and answers challenges over HTTP.

use core::error::Error;
use core::net::SocketAddr;

use milagro_mpin::client::PinLength;
use milagro_mpin::{Challenge, ClientSecret, Factors, Pin, Target, Token};

use crate::load::rng;

/// A device with a token, which is worth nothing without its PIN.
#[derive(Debug)]
pub struct Phone {
    token: Token,
    target: Target,
    http: reqwest::Client,
}

impl Phone {
    /// Keeps of a secret all but the PIN.
    ///
    /// # Errors
    /// If `pin` has not four digits.
    pub fn new(target: Target, secret: ClientSecret, pin: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            token: Token::new(target.domain, secret, &factors(pin)?)?,
            target,
            http: reqwest::Client::new(),
        })
    }

    /// Asks a server for a challenge, answers it with this PIN, and gives the status of the server's answer.
    ///
    /// # Errors
    /// When there is no server, or no challenge comes from it.
    pub async fn log_in(&self, at: SocketAddr, pin: &str) -> Result<u16, Box<dyn Error>> {
        let challenge = self.http.get(format!("http://{at}/challenge"));
        let challenge = challenge.send().await?.bytes().await?;
        let challenge = Challenge::from_bytes(challenge[..].try_into()?)?;
        let secret = self.token.unlock(&factors(pin)?)?;
        let proof = secret.login(&self.target).answer(&mut rng(), challenge)?;
        let login = self.http.post(format!("http://{at}/login"));
        let answer = login.body(proof.to_bytes()).send().await?;
        Ok(answer.status().as_u16())
    }
}

fn factors(pin: &str) -> Result<Factors, Box<dyn Error>> {
    Ok(Factors::pin(Pin::new(pin, PinLength::FOUR)?))
}

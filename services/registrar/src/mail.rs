//! Codes by mail, and news of devices.

mod words;

use core::fmt;
use core::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use milagro_wire::forms::registrar::NewsForm;

use crate::mail::words::{Filling, NoPlace, Words};

pub use crate::mail::words::MailText;

/// How the connection to a mail server is secured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MailSecurity {
    /// TLS from the beginning (RFC 8314).
    Tls,
    /// `STARTTLS`, and no mail without it.
    StartTls,
    /// None: for a server of this machine.
    None,
}

/// Where mails go out, and what is in them.
#[expect(clippy::exhaustive_structs, reason = "named arguments")]
pub struct MailSettings {
    /// The name of the mail server.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: MailSecurity,
    /// A user and a password for it.
    pub login: Option<MailLogin>,
    /// The sender.
    pub from: String,
    /// What a mail with a code says. The text contains `{code}`.
    pub code: MailText,
    /// What users are told of a device that was closed, since there is a copy of it.
    pub copied: MailText,
    /// What users are told of a device with an old copy of which somebody guesses PINs.
    pub guessed: MailText,
    /// Which domains mails go to; empty: all.
    pub domains: Vec<String>,
    /// How long the server has for each step.
    pub time: Duration,
}

/// A user and a password.
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct MailLogin {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Sends mails.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    code: Letter,
    copied: Letter,
    guessed: Letter,
    domains: Vec<String>,
}

/// What a mail says.
struct Letter {
    subject: Words,
    text: Words,
}

/// Why mails cannot be sent, or this one cannot.
#[derive(Debug)]
#[non_exhaustive]
pub enum MailError {
    /// The sender, or the address, is none that mails go to.
    Address,
    /// The text of codes does not contain `{code}`.
    Text,
    /// A subject or a text has a place of this name, which nothing comes into.
    Place(String),
    /// A server without TLS that is not of this machine.
    Security,
    /// The server does not take it.
    Server(lettre::transport::smtp::Error),
}

impl Mailer {
    /// Checks settings.
    ///
    /// # Errors
    /// [`MailError`].
    pub fn new(settings: MailSettings) -> Result<Self, MailError> {
        let server = settings.server.as_str();
        let builder = match settings.security {
            MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(server),
            MailSecurity::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(server),
            MailSecurity::None if ["127.0.0.1", "::1", "localhost"].contains(&server) => Ok(
                AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server),
            ),
            MailSecurity::None => return Err(MailError::Security),
        };
        let from: Mailbox = settings.from.parse().map_err(|_| MailError::Address)?;
        let mut builder = builder
            .map_err(MailError::Server)?
            .port(settings.port)
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(settings.time));
        if let Some(login) = settings.login {
            builder = builder.credentials(Credentials::new(login.user, login.password));
        }
        let code = Letter {
            subject: Words::without_code(&settings.code.subject)?,
            text: Words::new(&settings.code.text)?,
        };
        if !code.text.have_code() {
            return Err(MailError::Text);
        }
        Ok(Self {
            transport: builder.build(),
            from,
            code,
            copied: Letter::of_news(&settings.copied)?,
            guessed: Letter::of_news(&settings.guessed)?,
            domains: settings.domains,
        })
    }

    /// The address as a user's name: the part after the @ in lower case. `None` for what mails do not go to.
    pub(crate) fn user(&self, address: &str) -> Option<String> {
        let address: Address = address.parse().ok()?;
        let domain = address.domain().to_ascii_lowercase();
        let allowed = self.domains.is_empty()
            || self
                .domains
                .iter()
                .any(|one| one.eq_ignore_ascii_case(&domain));
        allowed.then(|| format!("{}@{domain}", address.user()))
    }

    /// Sends a code.
    pub(crate) async fn send(&self, user: &str, code: &str) -> Result<(), MailError> {
        self.say(&self.code, &Filling { user, code }).await
    }

    /// Tells a user something of a device.
    pub(crate) async fn tell(&self, user: &str, news: NewsForm) -> Result<(), MailError> {
        let letter = match news {
            NewsForm::CopySuspected => &self.guessed,
            _ => &self.copied,
        };
        self.say(letter, &Filling { user, code: "" }).await
    }

    async fn say(&self, letter: &Letter, filling: &Filling<'_>) -> Result<(), MailError> {
        let to = filling.user.parse::<Address>();
        let to = to.map_err(|_| MailError::Address)?;
        let mail = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.fill(filling))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.fill(filling))
            .map_err(|_| MailError::Address)?;
        self.transport
            .send(mail)
            .await
            .map(|_| ())
            .map_err(MailError::Server)
    }
}

impl Letter {
    fn of_news(words: &MailText) -> Result<Self, MailError> {
        Ok(Self {
            subject: Words::without_code(&words.subject)?,
            text: Words::without_code(&words.text)?,
        })
    }
}

impl From<NoPlace> for MailError {
    fn from(NoPlace(name): NoPlace) -> Self {
        Self::Place(name)
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").finish_non_exhaustive()
    }
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MailLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailLogin(..)")
    }
}

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("not an address that mails go to"),
            Self::Text => f.write_str("the text of the mail lacks {code}"),
            Self::Place(name) => write!(f, "nothing comes in the place of {{{name}}} here"),
            Self::Security => f.write_str("mail without TLS goes to servers of this machine only"),
            Self::Server(error) => write!(f, "mail server: {error}"),
        }
    }
}

impl core::error::Error for MailError {}

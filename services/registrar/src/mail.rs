//! Codes by mail.

use core::fmt;
use core::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

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
    /// The subject.
    pub subject: String,
    /// The text, in which `{code}` stands for the code.
    pub text: String,
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
    subject: String,
    text: String,
    domains: Vec<String>,
}

/// Why mails cannot be sent, or this one cannot.
#[derive(Debug)]
#[non_exhaustive]
pub enum MailError {
    /// The sender, or the address, is none that mails go to.
    Address,
    /// The text does not contain `{code}`.
    Text,
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
        if !settings.text.contains("{code}") {
            return Err(MailError::Text);
        }
        Ok(Self {
            transport: builder.build(),
            from,
            subject: settings.subject,
            text: settings.text,
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
        let text = self.text.replace("{code}", code);
        self.say(user, &self.subject, &text).await
    }

    /// Sends some text.
    pub(crate) async fn say(&self, user: &str, subject: &str, text: &str) -> Result<(), MailError> {
        let to = user.parse::<Address>().map_err(|_| MailError::Address)?;
        let mail = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text.to_owned())
            .map_err(|_| MailError::Address)?;
        self.transport
            .send(mail)
            .await
            .map(|_| ())
            .map_err(MailError::Server)
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
            Self::Security => f.write_str("mail without TLS goes to servers of this machine only"),
            Self::Server(error) => write!(f, "mail server: {error}"),
        }
    }
}

impl core::error::Error for MailError {}

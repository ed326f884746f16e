//! Settings of a registrar that are right.

use core::net::SocketAddr;
use core::num::NonZeroU32;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use milagro_base::Seconds;
use milagro_dta::AuthorityId;
use milagro_dta::permits::Window;
use milagro_mpin::names::EpochLength;
use milagro_registrar::Member;
use milagro_registrar::admin::AdminKey;
use milagro_registrar::hooks::{Hook, HookPolicy, HookSecret, Hooks};
use milagro_registrar::mail::{MailLogin, MailSecurity, MailSettings, MailText, Mailer};
use milagro_wire::bounded::{Blob, Text};
use milagro_wire::client::{AuthorityClient, Endpoint, Patience};
use rustls::ServerConfig;

use crate::directory::{key, secret};
use crate::exit::{Failure, Outcome};
use crate::links::{LoginService, Other};
use crate::settings::RegistrarSettings;
use crate::tls;

/// Settings that are right.
pub(super) struct Checked {
    pub(super) application: Text<255>,
    pub(super) domain: [u8; 32],
    pub(super) members: Vec<Member>,
    pub(super) hooks: Hooks,
    pub(super) mailer: Option<Mailer>,
    pub(super) window: Window,
    pub(super) strangers: NonZeroU32,
    pub(super) bulletins: Option<PathBuf>,
    pub(super) keep: Seconds,
    pub(super) hosts: Vec<String>,
    pub(super) admin: SocketAddr,
    /// TLS for administrators who are not on this machine.
    pub(super) desk_tls: Option<Arc<ServerConfig>>,
    pub(super) admin_key: AdminKey,
    pub(super) threads: Option<usize>,
    pub(super) queue: Option<usize>,
    pub(super) logins: Option<LoginService>,
}

impl Checked {
    pub(super) fn new(settings: &RegistrarSettings) -> Outcome<Self> {
        let application = required(settings.application.clone(), "application")?;
        let domain = required(settings.domain.clone(), "domain")?;
        let domain = Blob::<32>::from_text(&domain)
            .ok()
            .and_then(|id| id.to_array());
        let members = settings.authorities.iter().flatten();
        let members = members.map(|text| member(text, settings.roots.as_deref()));
        let seconds = Seconds::new(settings.epoch_seconds.unwrap_or(86_400));
        let length = EpochLength::new(seconds);
        let strangers = NonZeroU32::new(settings.strangers_per_minute.unwrap_or(60));
        let admin_key = required(settings.admin_key_file.clone(), "admin-key-file")?;
        let admin = settings.admin_listen;
        let admin = admin.unwrap_or_else(|| ([127, 0, 0, 1], 8446).into());
        Ok(Self {
            application: Text::new(application).map_err(|error| fault("application", &error))?,
            domain: domain.ok_or_else(|| fault("domain", &"no id of a domain"))?,
            members: members.collect::<Outcome<_>>()?,
            hooks: hooks(settings)?,
            mailer: mailer(settings)?,
            window: Window {
                length: length.ok_or_else(|| fault("epoch-seconds", &"no length of an epoch"))?,
                ahead: settings.epochs_ahead.unwrap_or(1),
            },
            strangers: strangers.ok_or_else(|| fault("strangers-per-minute", &0))?,
            bulletins: settings.bulletins.clone(),
            keep: Seconds::days(settings.bulletin_days.unwrap_or(7)),
            hosts: settings.hosts.clone().unwrap_or_default(),
            desk_tls: desk_tls(settings, &admin)?,
            admin,
            admin_key: AdminKey::of(&*key(&admin_key)?),
            threads: settings.threads,
            queue: settings.queue,
            logins: LoginService::of(&Other {
                name: "login",
                address: settings.login.as_deref(),
                key: settings.login_key_file.as_deref(),
                roots: settings.roots.as_deref(),
            })?,
        })
    }
}

/// The key of administrators goes over no network in the clear.
fn desk_tls(
    settings: &RegistrarSettings,
    address: &SocketAddr,
) -> Outcome<Option<Arc<ServerConfig>>> {
    if address.ip().is_loopback() {
        return Ok(None);
    }
    let (certificate, key) = (&settings.tls_certificate, &settings.tls_key);
    let config = tls::server(certificate.as_deref(), key.as_deref())?;
    if config.is_none() {
        let words = "not an address of this machine, and no TLS";
        return Err(fault("admin-listen", &words));
    }
    Ok(config)
}

/// A number, `=`, an address.
fn member(text: &str, roots: Option<&Path>) -> Outcome<Member> {
    let parts = text
        .split_once('=')
        .and_then(|(number, address)| Some((AuthorityId::new(number.parse().ok()?)?, address)));
    let (number, address) =
        parts.ok_or_else(|| fault("authorities", &"an entry is a number, '=', and an address"))?;
    let endpoint = Endpoint::new(address, tls::client(roots)?, Patience::default());
    let endpoint = endpoint.map_err(|error| fault("authorities", &error))?;
    Ok(Member {
        number,
        client: AuthorityClient::new(endpoint),
    })
}

fn hooks(settings: &RegistrarSettings) -> Outcome<Hooks> {
    let policy = HookPolicy {
        private: settings.hook_private.unwrap_or(false),
        time: Duration::from_millis(settings.hook_milliseconds.unwrap_or(5_000)),
        ..HookPolicy::new(settings.hook_hosts.clone().unwrap_or_default())
    };
    let hook = |address: &Option<String>, name: &str| -> Outcome<Option<Hook>> {
        let Some(address) = address else {
            return Ok(None);
        };
        let file = required(settings.hook_secret_file.clone(), "hook-secret-file")?;
        let secret = HookSecret::from_text(&secret(&file)?);
        let secret = secret.map_err(|error| fault("hook-secret-file", &error))?;
        let hook = Hook::new(
            address,
            secret,
            &policy,
            tls::client(settings.roots.as_deref())?,
        );
        hook.map(Some).map_err(|error| fault(name, &error))
    };
    Ok(Hooks {
        may_enrol: hook(&settings.hook_may_enrol, "hook-may-enrol")?,
        may_log_in: hook(&settings.hook_may_log_in, "hook-may-log-in")?,
        has_logged_in: hook(&settings.hook_has_logged_in, "hook-has-logged-in")?,
    })
}

fn mailer(settings: &RegistrarSettings) -> Outcome<Option<Mailer>> {
    let Some(server) = settings.mail_server.clone() else {
        return Ok(None);
    };
    let (security, port) = match settings.mail_security.as_deref().unwrap_or("tls") {
        "tls" => (MailSecurity::Tls, 465),
        "starttls" => (MailSecurity::StartTls, 587),
        "none" => (MailSecurity::None, 25),
        _ => return Err(fault("mail-security", &"tls, starttls or none")),
    };
    let login = match (
        settings.mail_user.clone(),
        settings.mail_password_file.as_deref(),
    ) {
        (Some(user), Some(file)) => Some(MailLogin {
            user,
            password: secret(file)?.to_string(),
        }),
        (None, None) => None,
        _ => {
            return Err(fault(
                "mail-user",
                &"a user has a password, and a password a user",
            ));
        }
    };
    let code = Words {
        subject: settings.mail_subject.as_ref(),
        file: settings.mail_text_file.as_deref(),
        key: "mail-text-file",
    };
    let copied = Words {
        subject: settings.mail_copied_subject.as_ref(),
        file: settings.mail_copied_text_file.as_deref(),
        key: "mail-copied-text-file",
    };
    let guessed = Words {
        subject: settings.mail_guessed_subject.as_ref(),
        file: settings.mail_guessed_text_file.as_deref(),
        key: "mail-guessed-text-file",
    };
    let mailer = Mailer::new(MailSettings {
        server,
        port: settings.mail_port.unwrap_or(port),
        security,
        login,
        from: required(settings.mail_from.clone(), "mail-from")?,
        code: code.or(MailText::code())?,
        copied: copied.or(MailText::copied())?,
        guessed: guessed.or(MailText::guessed())?,
        domains: settings.mail_domains.clone().unwrap_or_default(),
        time: Duration::from_secs(10),
    });
    mailer.map(Some).map_err(|error| fault("mail", &error))
}

/// What the operator has a mail say.
struct Words<'a> {
    subject: Option<&'a String>,
    file: Option<&'a Path>,
    /// What the file's key is called.
    key: &'a str,
}

impl Words<'_> {
    /// With the registrar's own words where the operator says nothing.
    fn or(self, mut own: MailText) -> Outcome<MailText> {
        if let Some(subject) = self.subject {
            own.subject.clone_from(subject);
        }
        if let Some(file) = self.file {
            let text = std::fs::read_to_string(file);
            own.text = text.map_err(|error| fault(self.key, &error))?;
        }
        Ok(own)
    }
}

fn required<T>(value: Option<T>, name: &str) -> Outcome<T> {
    value.ok_or_else(|| fault(name, &"missing"))
}

fn fault(name: &str, words: &dyn core::fmt::Display) -> Failure {
    Failure::config(format!("registrar: {name}: {words}"))
}

//! Keys of the registrar and of its administrators.

use core::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

settings! {
    /// Keys of the section `[registrar]`.
    RegistrarSettings {
        /// Where to listen for devices.
        listen: SocketAddr, "MILAGRO_REGISTRAR_LISTEN";
        /// Where to listen for administrators and the login service.
        admin_listen: SocketAddr, "MILAGRO_REGISTRAR_ADMIN_LISTEN";
        /// The file with the administrators' key, 43 characters of base64url.
        admin_key_file: PathBuf, "MILAGRO_REGISTRAR_ADMIN_KEY_FILE";
        /// The file with the certificates of TLS, in PEM.
        tls_certificate: PathBuf, "MILAGRO_REGISTRAR_TLS_CERTIFICATE";
        /// The file with the key of the first certificate, in PEM.
        tls_key: PathBuf, "MILAGRO_REGISTRAR_TLS_KEY";
        /// The names, with ports, that the service is asked under; without any, all.
        hosts: Vec<String>, "MILAGRO_REGISTRAR_HOSTS", value_delimiter = ',';
        /// The address at which a login service listens for its operator: it enrols the devices, and hears of removals.
        login: String, "MILAGRO_REGISTRAR_LOGIN";
        /// The file with the key of the login service's operator, 43 characters of base64url.
        login_key_file: PathBuf, "MILAGRO_REGISTRAR_LOGIN_KEY_FILE";
        /// The name of the application, which stands in every identity and never changes.
        application: String, "MILAGRO_REGISTRAR_APPLICATION";
        /// The id of the domain.
        domain: String, "MILAGRO_REGISTRAR_DOMAIN", allow_hyphen_values = true;
        /// For each authority its number, `=`, and its address.
        authorities: Vec<String>, "MILAGRO_REGISTRAR_AUTHORITIES", value_delimiter = ',';
        /// A file with certificates, in PEM, that those of authorities, login service and hooks are checked against instead of those of the system.
        roots: PathBuf, "MILAGRO_REGISTRAR_ROOTS";
        /// The directory that bulletins go to.
        bulletins: PathBuf, "MILAGRO_REGISTRAR_BULLETINS";
        /// For how many days after the end of its epoch a bulletin stays there.
        bulletin_days: u64, "MILAGRO_REGISTRAR_BULLETIN_DAYS";
        /// How long an epoch is, in seconds.
        epoch_seconds: u64, "MILAGRO_REGISTRAR_EPOCH_SECONDS";
        /// For how many epochs ahead the authorities issue permits.
        epochs_ahead: u64, "MILAGRO_REGISTRAR_EPOCHS_AHEAD";
        /// How often strangers can have hooks called and mails sent, in a minute.
        strangers_per_minute: u32, "MILAGRO_REGISTRAR_STRANGERS_PER_MINUTE";
        /// The address that is asked whether somebody may enrol.
        hook_may_enrol: String, "MILAGRO_REGISTRAR_HOOK_MAY_ENROL";
        /// The address that is asked whether somebody may log in now.
        hook_may_log_in: String, "MILAGRO_REGISTRAR_HOOK_MAY_LOG_IN";
        /// The address that is told that somebody has logged in.
        hook_has_logged_in: String, "MILAGRO_REGISTRAR_HOOK_HAS_LOGGED_IN";
        /// The hosts that hooks may lead to, with ports where they are not 443.
        hook_hosts: Vec<String>, "MILAGRO_REGISTRAR_HOOK_HOSTS", value_delimiter = ',';
        /// The file with the secret of all hooks, `whsec_` and base64.
        hook_secret_file: PathBuf, "MILAGRO_REGISTRAR_HOOK_SECRET_FILE";
        /// Whether hooks may lead to private addresses, and over http.
        hook_private: bool, "MILAGRO_REGISTRAR_HOOK_PRIVATE";
        /// How long a hook has to answer.
        hook_milliseconds: u64, "MILAGRO_REGISTRAR_HOOK_MILLISECONDS";
        /// The mail server that codes go out by.
        mail_server: String, "MILAGRO_REGISTRAR_MAIL_SERVER";
        /// Its port.
        mail_port: u16, "MILAGRO_REGISTRAR_MAIL_PORT";
        /// How the connection to it is secured: tls, starttls, or none on this machine.
        mail_security: String, "MILAGRO_REGISTRAR_MAIL_SECURITY";
        /// The user at the mail server.
        mail_user: String, "MILAGRO_REGISTRAR_MAIL_USER";
        /// The file with the user's password.
        mail_password_file: PathBuf, "MILAGRO_REGISTRAR_MAIL_PASSWORD_FILE";
        /// The sender of mails.
        mail_from: String, "MILAGRO_REGISTRAR_MAIL_FROM";
        /// The subject of mails with a code.
        mail_subject: String, "MILAGRO_REGISTRAR_MAIL_SUBJECT";
        /// The file with the text of mails with a code, in which `{code}` stands for the code, and `{user}` for the user's name.
        mail_text_file: PathBuf, "MILAGRO_REGISTRAR_MAIL_TEXT_FILE";
        /// The subject of mails to users of whose device there is a copy.
        mail_copied_subject: String, "MILAGRO_REGISTRAR_MAIL_COPIED_SUBJECT";
        /// The file with their text.
        mail_copied_text_file: PathBuf, "MILAGRO_REGISTRAR_MAIL_COPIED_TEXT_FILE";
        /// The subject of mails to users whose PIN somebody guesses with an old copy of a device.
        mail_guessed_subject: String, "MILAGRO_REGISTRAR_MAIL_GUESSED_SUBJECT";
        /// The file with their text.
        mail_guessed_text_file: PathBuf, "MILAGRO_REGISTRAR_MAIL_GUESSED_TEXT_FILE";
        /// The domains that mails go to; without any, all.
        mail_domains: Vec<String>, "MILAGRO_REGISTRAR_MAIL_DOMAINS", value_delimiter = ',';
        /// How many threads compute.
        threads: usize, "MILAGRO_REGISTRAR_THREADS";
        /// How many requests may wait for one.
        queue: usize, "MILAGRO_REGISTRAR_QUEUE";
        /// How many seconds requests that are being answered have when the service ends.
        drain_seconds: u64, "MILAGRO_REGISTRAR_DRAIN_SECONDS";
    }
}

settings! {
    /// Keys of the section `[registry]`.
    RegistrySettings {
        /// The address at which the registrar listens for administrators.
        registrar: String, "MILAGRO_REGISTRY_REGISTRAR";
        /// The file with the administrators' key, 43 characters of base64url.
        admin_key_file: PathBuf, "MILAGRO_REGISTRY_ADMIN_KEY_FILE";
        /// A file with certificates, in PEM, that the registrar's is checked against instead of those of the system.
        roots: PathBuf, "MILAGRO_REGISTRY_ROOTS";
    }
}

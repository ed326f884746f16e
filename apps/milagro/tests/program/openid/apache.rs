//! Apache with mod_auth_openidc.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::openid::absent;
use crate::openid::browser::Browser;
use crate::openid::site::Site;
use crate::process::{Running, port, until};

const CONFIGURATION: &str = include_str!("../../openid/apache.conf");
const PROGRAM: &str = "/usr/sbin/apache2";
const MODULES: &str = "/usr/lib/apache2/modules";

/// An Apache that runs.
struct Apache {
    directory: TempDir,
    address: String,
    _running: Running,
}

impl Apache {
    fn new(site: &Site) -> Self {
        let port = port();
        let address = format!("http://127.0.0.1:{port}");
        let (callback, bye) = (format!("{address}/cb"), format!("{address}/bye.html"));
        let told = format!("{callback}?logout=backchannel");
        let added = site.client(&[
            "add",
            "apache",
            "--redirect-uri",
            &callback,
            "--post-logout-uri",
            &bye,
            "--back-channel-uri",
            &told,
            "--first-party",
            "--refresh",
        ]);
        let directory = tempfile::tempdir().expect("a directory");
        let pages = directory.path().join("www");
        fs::create_dir_all(pages.join("private")).expect("a directory");
        for (name, text) in [
            ("private/page.html", "for people who are known"),
            ("bye.html", "bye"),
        ] {
            fs::write(pages.join(name), text).expect("a page");
        }
        // Its children are somebody else, where it may choose.
        let root = Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
        let user = if root {
            "User www-data\nGroup www-data"
        } else {
            ""
        };
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
        let text = CONFIGURATION
            .replace("{directory}", directory.path().to_str().expect("UTF-8"))
            .replace("{modules}", MODULES)
            .replace("{user}", user)
            .replace("{port}", &port.to_string())
            .replace("{issuer}", &site.issuer)
            .replace(
                "{secret}",
                added["client_secret"].as_str().expect("a secret"),
            );
        let file = directory.path().join("apache.conf");
        fs::write(&file, text).expect("written");
        let mut command = Command::new(PROGRAM);
        command
            .args(["-D", "FOREGROUND", "-f"])
            .arg(&file)
            .stdin(Stdio::null());
        let running = Running::start(command);
        let http = ("127.0.0.1", port);
        until("an Apache", || std::net::TcpStream::connect(http).is_ok());
        Self {
            directory,
            address,
            _running: running,
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("error.log")).unwrap_or_default()
    }

    fn page(&self) -> String {
        format!("{}/private/page.html", self.address)
    }
}

#[test]
fn apache_mod_auth_openidc_logs_in_refreshes_and_logs_out() {
    let module = Path::new(MODULES).join("mod_auth_openidc.so");
    if absent(
        !module.exists() || !Path::new(PROGRAM).exists(),
        "libapache2-mod-auth-openidc",
    ) {
        return;
    }
    let site = Site::new();
    let apache = Apache::new(&site);
    let mut browser = Browser::new(&site);
    let came = browser.go(&apache.page(), None);
    assert_eq!(came.status, 200, "{} {}", came.address, apache.log());
    assert!(came.body.contains("for people who are known"));
    assert_eq!(came.headers["x-user"], "alice");
    assert_eq!(browser.logins, 1);
    // It refreshes when it is asked for what it has.
    let info = format!(
        "{}/cb?info=json&access_token_refresh_interval=0",
        apache.address
    );
    let has = |browser: &mut Browser<'_>| -> Value {
        let came = browser.go(&info, None);
        serde_json::from_str(&came.body)
            .unwrap_or_else(|_| panic!("{} {}", came.body, apache.log()))
    };
    let before = has(&mut browser);
    thread::sleep(Duration::from_millis(1100));
    let after = has(&mut browser);
    for name in ["access_token", "refresh_token"] {
        assert!(after[name].is_string(), "{after}");
        assert_ne!(before[name], after[name], "{name}: {}", apache.log());
    }
    // The operator ends the session; the provider finds out, and tells Apache.
    site.admin(&["end-sessions", "alice"]);
    let issuer = format!("{}/", site.issuer);
    until("told", || {
        browser.go(&apache.page(), Some(&issuer)).status == 0
    });
    assert_eq!(browser.go(&apache.page(), None).status, 200);
    assert_eq!(browser.logins, 2, "asked to log in again");
    let out = format!("{}/cb?logout={}/bye.html", apache.address, apache.address);
    let left = browser.go(&out, None);
    assert_eq!(
        (left.status, left.body.as_str()),
        (200, "bye"),
        "{}",
        apache.log()
    );
    assert_eq!(browser.go(&apache.page(), None).status, 200);
    assert_eq!(browser.logins, 3, "logged out at the provider, too");
}

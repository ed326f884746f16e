//! Bulletins that Debian's nginx serves, by the file that comes with this crate.

use core::time::Duration;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use milagro_wire::client::{BulletinFiles, Wanted};

use crate::tests::bulletins::period;
use crate::tests::world::{Extras, World, device, endpoint};

const LOCATIONS: &str = include_str!("../../docs/nginx.conf");
const PROGRAM: &str = "/usr/sbin/nginx";

/// A server that ends with the test.
struct Nginx {
    child: Child,
    port: u16,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // One process, without workers.
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Nginx {
    fn start(prefix: &Path, bulletins: &Path) -> Self {
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let locations = LOCATIONS.replace("/srv/bulletins", bulletins.to_str().unwrap());
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {kind};"));
        let configuration = format!(
            "daemon off; master_process off; pid nginx.pid; error_log error.log;\n\
             events {{ worker_connections 64; }}\n\
             http {{ access_log off; {} server {{ listen 127.0.0.1:{port};\n{locations}}} }}\n",
            temporary.concat()
        );
        std::fs::write(prefix.join("nginx.conf"), configuration).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .arg("-p")
            .arg(prefix)
            .args(["-c", "nginx.conf", "-e", "error.log"]);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port }
    }

    async fn is_up(&mut self, prefix: &Path) {
        let start = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port))
            .await
            .is_err()
        {
            let log = || std::fs::read_to_string(prefix.join("error.log")).unwrap_or_default();
            assert!(
                self.child.try_wait().unwrap().is_none(),
                "nginx has ended: {}",
                log()
            );
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "nginx does not listen: {}",
                log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn carries_bulletins_with_strong_tags() {
    if !Path::new(PROGRAM).exists() {
        assert!(
            std::env::var_os("MILAGRO_REQUIRE_INTEROP").is_none_or(|value| value != "1"),
            "there is no {PROGRAM}"
        );
        eprintln!("there is no {PROGRAM}: nothing is tried");
        return;
    }
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let alice = device(&world, &service, "alice").await;
    let period = period(&world);
    let named = service.publish(period.epoch).await.unwrap();
    let prefix = tempfile::tempdir().unwrap();
    let mut nginx = Nginx::start(prefix.path(), &world.bulletins());
    nginx.is_up(prefix.path()).await;
    let address = format!("http://127.0.0.1:{}", nginx.port);

    let files = BulletinFiles::new(endpoint(&address));
    let wanted = Wanted {
        domain: &world.domain,
        period,
        identity: &alice,
    };
    let permit = files.permit(&wanted, &named).await.unwrap();
    let (same, _) = files.checked(&wanted, &named).await.unwrap();
    assert_eq!(permit.to_bytes(), same.to_bytes());

    let client = reqwest::Client::new();
    let file = format!("{address}/{}.bulletin", named.bulletin);
    let answer = client
        .get(&file)
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.len() > 4, "a weak tag: {tag}");
    assert_eq!(
        answer.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(answer.headers()["content-type"], "application/octet-stream");
    let known = client
        .get(&file)
        .header("if-none-match", tag)
        .send()
        .await
        .unwrap();
    assert_eq!(known.status(), 304);
    for nothing in [
        "",
        ".hidden",
        "nginx.conf",
        "../nginx.conf",
        &format!("{}.txt", named.bulletin),
    ] {
        let answer = client
            .get(format!("{address}/{nothing}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 404, "{nothing}");
    }
}

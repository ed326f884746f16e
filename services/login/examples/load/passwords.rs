//! The password check that logins are compared with: Argon2id with OWASP's minimum, behind the same frame and pool.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use milagro_wire::problem::Problem;
use milagro_wire::server::{Form, Pool};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use crate::Outcome;
use crate::load::drive::each;
use crate::load::figures::count;
use crate::load::http::Connection;
use crate::load::process::Server;
use crate::load::server::{listen, pool, wait_for_end};

/// How this program is told to be this server.
pub(crate) const ROLE: &str = "serve-passwords";

const PASSWORD: &str = "correct horse battery staple";
const SALT: &[u8; 16] = b"sixteen of these";
/// Checks that are measured.
const CHECKS: usize = 400;
/// Connections that ask for them.
const CONNECTIONS: usize = 4;

#[derive(Deserialize)]
struct Typed {
    password: String,
}

#[derive(Clone)]
struct Checks {
    pool: Pool,
    hash: [u8; 32],
}

/// Serves until the input ends.
pub(crate) async fn run() -> Outcome<()> {
    let checks = Checks {
        pool: pool(),
        hash: hash(PASSWORD)?,
    };
    let routes = Router::new()
        .route("/v1/password", post(check))
        .with_state(checks);
    listen(routes).await?;
    wait_for_end()
}

async fn check(
    State(checks): State<Checks>,
    Form(typed): Form<Typed>,
) -> Result<StatusCode, Problem> {
    let known = checks.hash;
    let work = move || hash(&typed.password).is_ok_and(|hash| hash.ct_eq(&known).into());
    Ok(if checks.pool.run(work).await? {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::FORBIDDEN
    })
}

fn hash(password: &str) -> Outcome<[u8; 32]> {
    // 19 MiB, two passes, one lane.
    let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(|error| error.to_string())?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; 32];
    let hashed = argon.hash_password_into(password.as_bytes(), SALT, &mut hash);
    hashed.map_err(|error| error.to_string())?;
    Ok(hash)
}

/// Processor time of a check, in microseconds.
pub(crate) async fn cost(folder: &Path) -> Outcome<f64> {
    let mut server = Server::start(ROLE, folder)?;
    let address = server.address()?;
    let body = format!("{{\"password\":\"{PASSWORD}\"}}");
    // Once without being measured.
    let mut first = Connection::open(address).await?;
    first.post("/v1/password", "", &body).await?;
    let before = server.spent()?;
    each(vec![(); CONNECTIONS], |()| {
        let body = body.clone();
        async move {
            let mut connection = Connection::open(address).await?;
            for _ in 0..CHECKS / CONNECTIONS {
                let answer = connection.post("/v1/password", "", &body).await?;
                if answer.status != 204 {
                    return Err(format!("a password is refused: {}", answer.status).into());
                }
            }
            Ok(())
        }
    })
    .await?;
    Ok((server.spent()? - before) / count(CHECKS))
}

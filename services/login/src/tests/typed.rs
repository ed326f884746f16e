//! The typed client against a listener: challenge, login, code; and a hand-off.

use core::time::Duration;

use milagro_mpin::Challenge;
use milagro_wire::client::{CallError, ClientCredentials, Endpoint, LoginClient, Patience};
use milagro_wire::login::RedeemRequest;
use milagro_wire::problem::ProblemType;
use milagro_wire::server::{Limits, Listening, serve};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use super::fixture::{SHOP, World, for_shop, origin, shop, user};

#[tokio::test(flavor = "multi_thread")]
async fn challenge_login_code() {
    let _there = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let secret = world.shop(&replica).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (_tls, tls) = watch::channel(None);
    let (_routes, routes) = watch::channel(replica.routes.clone());
    let (end, ended) = oneshot::channel::<()>();
    let limits = Limits::default();
    let listening = Listening {
        listener,
        tls,
        routes,
        limits,
    };
    let server = tokio::spawn(serve(listening, async move {
        let _dropped = ended.await;
    }));
    let patience = Patience {
        tries: 2,
        first: Duration::from_millis(1),
        most: Duration::from_millis(2),
        request: Duration::from_secs(20),
    };
    let endpoint = Endpoint::new(&address, reqwest::ClientBuilder::new(), patience).unwrap();
    let client = LoginClient::new(endpoint);
    let answer = client.challenge().await.unwrap();
    assert_eq!(answer.server.as_bytes(), b"login.example");
    let challenge = Challenge::from_bytes(answer.challenge.as_bytes()).unwrap();
    let proof = phone.answer(challenge, "2580");
    let request = phone.request(&proof, for_shop());
    let login = client.login(&request).await.unwrap();
    assert_eq!(login.user, user("alice"));
    phone.cookie = login.cookie;
    let redeemed = RedeemRequest {
        code: login.code.unwrap(),
        origin: origin(SHOP),
    };
    let credentials = ClientCredentials::new(shop(), secret);
    let who = client.redeem(&credentials, &redeemed).await.unwrap();
    assert_eq!(who.user, user("alice"));
    // What is refused is not asked again.
    let again = client.login(&request).await;
    let Err(CallError::Problem(problem)) = again else {
        panic!("{again:?}")
    };
    assert_eq!(problem.known(), Some(ProblemType::Refused));
    assert_eq!(replica.service.checked(), 2);
    end.send(()).unwrap();
    assert!(server.await.unwrap());
    replica.service.drain().await;
}

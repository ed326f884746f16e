//! What is served, to whom, and what is not taken.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use milagro_wire::server::{Frame, frame};
use sha2::{Digest as _, Sha256};

use super::fixture::{Got, Replica, World};
use crate::documents;
use crate::pages::{Pages, PagesError, router};

type Files = BTreeMap<String, Vec<u8>>;

const LOGICAL: [&str; 6] = [
    "page.html",
    "pad.js",
    "pages.js",
    "pages.css",
    "worker.js",
    "login.wasm",
];

fn named(logical: &str, content: &[u8]) -> String {
    let (stem, end) = logical.split_once('.').unwrap();
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(content));
    format!("{stem}-{}.{end}", &hash[..16])
}

/// Files as the build writes them.
fn built() -> Files {
    let mut files = BTreeMap::new();
    let mut manifest = BTreeMap::new();
    for logical in LOGICAL {
        let content = format!("content of {logical}").into_bytes();
        let name = named(logical, &content);
        manifest.insert(logical, name.clone());
        files.insert(name, content);
    }
    files.insert(
        "manifest.json".to_owned(),
        serde_json::to_vec(&manifest).unwrap(),
    );
    files
}

async fn replica(world: &World, pages: Option<Pages>) -> Replica {
    let replica = world.replica().await;
    let service = Arc::clone(&replica.service);
    let routes = documents::router(Arc::clone(&service)).merge(router(service, pages));
    Replica {
        routes: frame(routes, Frame::default()),
        ..replica
    }
}

fn text<'a>(got: &'a Got, name: &str) -> &'a str {
    got.headers[name].to_str().unwrap()
}

#[tokio::test]
async fn pages_are_strict_and_files_are_kept_for_ever() {
    let world = World::new().await;
    let replica = replica(&world, Some(Pages::new(built()).unwrap())).await;
    for path in [
        "/login?return=/x",
        "/enrol",
        "/devices",
        "/hand-off",
        "/change-pin",
        "/logged-out",
    ] {
        let got = replica.get(path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}");
        assert_eq!(got.text(), "content of page.html");
        assert_eq!(text(&got, "content-type"), "text/html; charset=utf-8");
        assert_eq!(text(&got, "cache-control"), "no-cache");
        assert_eq!(text(&got, "referrer-policy"), "no-referrer");
        assert_eq!(text(&got, "cross-origin-opener-policy"), "same-origin");
        assert_eq!(text(&got, "x-content-type-options"), "nosniff");
        let policy = text(&got, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "));
        assert!(policy.ends_with("; frame-ancestors 'none'"));
        for loose in [
            "unsafe-inline",
            "'unsafe-eval'",
            "http:",
            "https:",
            "*",
            "data:",
        ] {
            assert!(!policy.contains(loose), "{loose}");
        }
    }
    for (logical, media) in [
        ("pad.js", "text/javascript; charset=utf-8"),
        ("pages.css", "text/css; charset=utf-8"),
        ("login.wasm", "application/wasm"),
    ] {
        let content = format!("content of {logical}");
        let path = format!("/{}", named(logical, content.as_bytes()));
        let got = replica.get(&path).await;
        assert_eq!((got.status, got.text()), (StatusCode::OK, content));
        assert_eq!(text(&got, "content-type"), media);
        let cache = "public, max-age=31536000, immutable";
        assert_eq!(text(&got, "cache-control"), cache);
        assert_eq!(text(&got, "cross-origin-resource-policy"), "same-origin");
    }
    for path in [
        "/",
        "/worker.js",
        "/manifest.json",
        "/page.html",
        "/../Cargo.toml",
    ] {
        assert_eq!(
            replica.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_script_of_applications_is_sent_when_it_has_changed() {
    let world = World::new().await;
    let replica = replica(&world, Some(Pages::new(built()).unwrap())).await;
    let got = replica.get("/pad.js").await;
    assert_eq!(got.text(), "content of pad.js");
    assert_eq!(text(&got, "cache-control"), "no-cache");
    let tag = text(&got, "etag").to_owned();
    for (known, status) in [
        (tag.clone(), StatusCode::NOT_MODIFIED),
        (format!("\"older\", W/{tag}"), StatusCode::NOT_MODIFIED),
        ("\"older\"".to_owned(), StatusCode::OK),
        (tag.trim_matches('"').to_owned(), StatusCode::OK),
    ] {
        let request = Request::get("/pad.js").header(header::IF_NONE_MATCH, &known);
        let got = replica.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(got.status, status, "{known}");
        assert_eq!(got.body.is_empty(), status == StatusCode::NOT_MODIFIED);
    }
}

#[tokio::test]
async fn a_frame_is_for_a_registered_origin() {
    let world = World::new().await;
    let replica = replica(&world, Some(Pages::new(built()).unwrap())).await;
    world.shop(&replica).await;
    let got = replica
        .get("/frame?client=shop&origin=https://shop.example")
        .await;
    assert_eq!(got.status, StatusCode::OK);
    let policy = text(&got, "content-security-policy");
    assert!(policy.ends_with("; frame-ancestors https://shop.example"));
    for (query, status) in [
        (
            "client=shop&origin=https://evil.example",
            StatusCode::FORBIDDEN,
        ),
        (
            "client=nobody&origin=https://shop.example",
            StatusCode::FORBIDDEN,
        ),
        (
            "client=shop&origin=https://shop.example;script-src%20*",
            StatusCode::BAD_REQUEST,
        ),
        ("client=shop&origin=*", StatusCode::BAD_REQUEST),
        ("client=shop", StatusCode::BAD_REQUEST),
        ("", StatusCode::BAD_REQUEST),
    ] {
        let got = replica.get(&format!("/frame?{query}")).await;
        assert_eq!(got.status, status, "{query}");
        assert!(!got.text().contains("content of"));
    }
}

#[tokio::test]
async fn without_pages_the_cause_is_named_and_everything_else_works() {
    let world = World::new().await;
    let replica = replica(&world, None).await;
    for path in [
        "/login",
        "/enrol",
        "/frame?client=shop&origin=https://shop.example",
    ] {
        let got = replica.get(path).await;
        assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(got.text().contains("milagro login --pad"));
    }
    assert_eq!(replica.get("/v1/challenge").await.status, StatusCode::OK);
}

#[test]
fn other_files_are_not_taken() {
    let with = |change: &dyn Fn(&mut Files)| {
        let mut files = built();
        change(&mut files);
        Pages::new(files).err()
    };
    let manifest = "manifest.json".to_owned();
    let pad = named("pad.js", b"content of pad.js");
    assert_eq!(with(&|_| ()), None);
    assert_eq!(
        with(&|files| drop(files.insert("notes.txt".to_owned(), vec![1]))),
        None
    );
    assert_eq!(
        with(&|files| drop(files.remove(&manifest))),
        Some(PagesError::NoManifest)
    );
    for bad in ["", "[]", "{\"pad.js\": 1}"] {
        let found = with(&|files| drop(files.insert(manifest.clone(), bad.into())));
        assert_eq!(found, Some(PagesError::Manifest), "{bad}");
    }
    assert_eq!(
        with(&|files| drop(files.remove(&pad))),
        Some(PagesError::Missing(pad.clone()))
    );
    // A content that was changed after the build.
    assert_eq!(
        with(&|files| drop(files.insert(pad.clone(), b"other".to_vec()))),
        Some(PagesError::Name(pad.clone()))
    );
    let empty = with(&|files| drop(files.insert(manifest.clone(), b"{}".to_vec())));
    assert_eq!(empty, Some(PagesError::Missing("page.html".to_owned())));
    for logical in ["../pad.js", "p d.js", "pad.exe", "pad", ".js", "{x}.js"] {
        let name = logical
            .split_once('.')
            .map_or("x".to_owned(), |(stem, end)| {
                let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(b"x"));
                format!("{stem}-{}.{end}", &hash[..16])
            });
        let listed = format!("{{\"{logical}\": \"{name}\"}}");
        let found = with(&|files| {
            files.insert(name.clone(), b"x".to_vec());
            files.insert(manifest.clone(), listed.clone().into_bytes());
        });
        assert_eq!(found, Some(PagesError::Name(name.clone())), "{logical}");
    }
}

/// What the router cannot read is a problem as everything else, and its words are not repeated.
#[tokio::test]
async fn paths_and_queries_that_nobody_can_read_are_problems() {
    let world = World::new().await;
    let replica = replica(&world, Some(Pages::new(built()).unwrap())).await;
    for path in [
        "/frame",
        "/frame?client=shop&origin=https://shop.example&canary=1",
        "/frame?client=shop&canary",
        "/frame?client=canary%3Cscript%3E&origin=null",
        "/frame?client=%ff&origin=%ff",
        "/v1/handoffs/canary%ff/events",
    ] {
        let got = replica.get(path).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(text(&got, "content-type"), "application/problem+json");
        assert!(!got.text().contains("canary"), "{}", got.text());
    }
}

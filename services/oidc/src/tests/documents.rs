//! The document of the interface names what is there, and all of it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use crate::document;
use crate::tests::world::begun;

#[tokio::test]
async fn the_document_names_every_path_and_no_other() {
    let (_world, replica, _) = begun().await;
    let document = serde_json::to_value(document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let source = include_str!("../routes.rs");
    let (_, routes) = source.split_once("Router::new()").unwrap();
    let (routes, _) = routes.split_once(".with_state").unwrap();
    let mut served: Vec<_> = routes.split('"').skip(1).step_by(2).collect();
    served.sort_unstable();
    let named: Vec<_> = paths.keys().map(String::as_str).collect();
    assert_eq!(named, served);
    for (path, operations) in paths {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let named = operations.get(method.as_str().to_lowercase()).is_some();
            let request = Request::builder().method(method.clone()).uri(path);
            let reply = replica.send(request.body(Body::empty()).unwrap()).await;
            let served = reply.status != StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(served, named, "{method} {path}: {}", reply.status);
            assert_ne!(reply.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    // Whatever is referred to is described.
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}

//! What may be answered on every path, in the documents of the interfaces.

use utoipa::PartialSchema as _;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::Response;
use utoipa::openapi::{OpenApi, RefOr};
use utoipa::{IntoResponses as _, ToSchema as _};

use crate::problem::{Problem, ProblemType};

/// What the frame, the limits of bodies, the listener and the pool answer, whatever the path.
const EVERYWHERE: [ProblemType; 11] = [
    ProblemType::Malformed,
    ProblemType::NotFound,
    ProblemType::Method,
    ProblemType::Slow,
    ProblemType::TooLarge,
    ProblemType::MediaType,
    ProblemType::Misdirected,
    ProblemType::Rate,
    ProblemType::Internal,
    ProblemType::Busy,
    ProblemType::Unavailable,
];

/// Adds to each operation of a document the problems that it may answer because of what stands around it
/// ([`frame`](super::frame)), and keeps what the document says of the same statuses.
#[must_use]
pub fn described(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_default();
    let problem = components.schemas.entry(Problem::name().into_owned());
    problem.or_insert_with(Problem::schema);
    document
        .paths
        .paths
        .values_mut()
        .flat_map(operations)
        .for_each(add);
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let all = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ];
    all.into_iter().flatten()
}

fn add(operation: &mut Operation) {
    let statuses = EVERYWHERE.map(|kind| kind.status().to_string());
    let responses = Problem::responses().into_iter();
    for (status, more) in responses.filter(|(status, _)| statuses.contains(status)) {
        let there = operation.responses.responses.entry(status);
        there
            .and_modify(|there| merge(there, &more))
            .or_insert(more);
    }
}

/// Adds what an answer may also be.
fn merge(there: &mut RefOr<Response>, more: &RefOr<Response>) {
    if let (RefOr::T(there), RefOr::T(more)) = (there, more) {
        for (media, content) in &more.content {
            let entry = there.content.entry(media.clone());
            entry.or_insert_with(|| content.clone());
        }
        for (name, header) in &more.headers {
            let entry = there.headers.entry(name.clone());
            entry.or_insert_with(|| header.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use utoipa::OpenApi as _;
    use utoipa::openapi::path::PathItem;

    use super::{EVERYWHERE, described};
    use crate::forms::ReadyAnswer;
    use crate::problem::{MEDIA_TYPE, ProblemType};

    #[utoipa::path(get, path = "/a", responses((status = 200), (status = 503, body = ReadyAnswer)))]
    #[expect(dead_code, reason = "described")]
    fn one() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(one))]
    struct Document;

    #[test]
    fn every_operation_says_what_stands_around_it() {
        let document = described(Document::openapi());
        assert!(document.components.unwrap().schemas.contains_key("Problem"));
        let item: &PathItem = document.paths.paths.get("/a").unwrap();
        let json = serde_json::to_value(item.get.as_ref().unwrap()).unwrap();
        for kind in EVERYWHERE {
            let response = &json["responses"][kind.status().to_string()];
            let schema = &response["content"][MEDIA_TYPE]["schema"];
            assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{kind:?}");
        }
        // What was there is there.
        let busy = &json["responses"]["503"];
        assert!(busy["content"]["application/json"].is_object(), "{busy}");
        assert!(busy["headers"]["Retry-After"].is_object(), "{busy}");
        assert!(json["responses"]["200"].is_object());
        // A handler's own problems are its own to name.
        let refused = ProblemType::Refused.status().to_string();
        assert!(json["responses"][refused].is_null());
    }
}

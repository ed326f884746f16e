//! All authorities of the domain at once.

use core::future::Future;

use milagro_dta::AuthorityId;
use milagro_wire::client::{AuthorityClient, CallError};
use tokio::task::JoinSet;

/// An authority of the domain: where it is, and which one it has to be.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Member {
    /// Its number.
    pub number: AuthorityId,
    /// Where it is.
    pub client: AuthorityClient,
}

/// What a member said, or why it did not.
pub(crate) struct Said<T> {
    pub(crate) number: AuthorityId,
    pub(crate) answer: Result<T, CallError>,
}

/// Asks all members at the same time. What they say comes in the order of their numbers.
pub(crate) async fn ask_all<T, F>(
    members: &[Member],
    ask: impl Fn(AuthorityClient) -> F,
) -> Vec<Said<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, CallError>> + Send + 'static,
{
    let mut running = JoinSet::new();
    for member in members {
        let (number, asked) = (member.number, ask(member.client.clone()));
        running.spawn(async move {
            Said {
                number,
                answer: asked.await,
            }
        });
    }
    let mut said = Vec::new();
    while let Some(joined) = running.join_next().await {
        // A task that panicked is one that did not answer.
        said.extend(joined.ok());
    }
    said.sort_by_key(|said| said.number);
    said
}

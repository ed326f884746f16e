//! What a login may be for.

use milagro_wire::login::Purpose;
use milagro_wire::problem::{Problem, ProblemType};

use crate::codes::CodeFor;
use crate::gate::Arrived;
use crate::service::Service;
use crate::shelf::unavailable;

impl Service {
    /// Whether what a login is for exists. Only whoever has a good cookie gets an answer.
    pub(crate) async fn check_purpose(
        &self,
        purpose: &Purpose,
        arrived: &Arrived,
    ) -> Result<(), Problem> {
        match purpose {
            Purpose::Session {} => Ok(()),
            Purpose::Code { client, origin } => {
                let (client, origin) = (client.clone(), origin.clone());
                self.check_client(&CodeFor { client, origin }).await
            }
            Purpose::HandOff { number, origin } => {
                let wanted = self.look(*number, arrived).await?;
                let same = wanted.origin == *origin;
                same.then_some(()).ok_or(ProblemType::NotFound.into())
            }
            _ => Err(ProblemType::Malformed.into()),
        }
    }

    /// Whether an application is known and has pages of an origin.
    pub(crate) async fn check_client(&self, wanted: &CodeFor) -> Result<(), Problem> {
        let client = self.client(&wanted.client).await.map_err(unavailable)?;
        let known = client.is_some_and(|client| client.has(&wanted.origin));
        known.then_some(()).ok_or(ProblemType::NotFound.into())
    }
}

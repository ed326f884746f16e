//! Standard output.

use serde::Serialize;

use crate::exit::{Failure, Outcome};

/// Prints data.
pub(crate) fn print(data: &impl Serialize) -> Outcome<()> {
    println!("{}", serde_json::to_string(data).map_err(Failure::other)?);
    Ok(())
}

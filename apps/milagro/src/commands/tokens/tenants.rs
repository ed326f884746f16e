//! The tenants of the file, checked.

use milagro_tokens::tenant::Tenant;

use crate::exit::{Failure, Outcome};
use crate::settings::Settings;

pub(crate) fn tenants(file: &Settings) -> Outcome<Vec<Tenant>> {
    let checked = file.token_tenants.iter().map(|settings| {
        Tenant::new(settings)
            .map_err(|error| Failure::config(format!("token-tenants: {}: {error}", settings.name)))
    });
    checked.collect()
}

pub(crate) fn named<'a>(tenants: &'a [Tenant], name: &str) -> Outcome<&'a Tenant> {
    let found = tenants.iter().find(|tenant| tenant.name().as_str() == name);
    found.ok_or_else(|| Failure::config(format!("token-tenants: there is no {name}")))
}

//! What the login service knows of the shop.

use milagro_wire::bounded::Blob;
use milagro_wire::client::{ClientCredentials, LoginClient, Verb};
use milagro_wire::login::names::{ClientId, Origin};
use serde_json::{Value, json};

use crate::demo::ground::services::AUDIENCE;
use crate::demo::shop::{Codes, OpenId, Shop};
use crate::demo::site::{Site, endpoint, network};
use crate::exit::{Failure, Outcome};
use crate::serve::runtime;

/// The id of the shop, in both ways.
pub(crate) const SHOP: &str = "shop";

/// The secrets of the shop.
pub(crate) struct Clients {
    openid: String,
    codes: Blob<32>,
}

impl Clients {
    /// Registers the shop as a client of the OpenID provider, and as an application that takes login codes.
    pub(crate) fn register(site: &Site) -> Outcome<Self> {
        let openid = json!({
            "client_name": "The shop",
            "redirect_uris": [format!("{}/cb", site.shop)],
            "token_endpoint_auth_method": "client_secret_basic",
            "post_logout_redirect_uris": [format!("{}/", site.shop)],
            "first_party": true,
            "refresh": false,
            "require_pushed_authorization_requests": false,
            "id_token_signed_response_alg": "ES256",
            "scopes": [],
            "resources": [AUDIENCE],
        });
        let codes = json!({ "origins": [site.shop] });
        let operator = site.operator()?;
        runtime()?.block_on(async {
            let path = ["admin", "v1", "oidc", "clients", SHOP];
            let openid = operator.ask(Verb::Put, &path, Some(&openid)).await;
            let path = ["admin", "v1", "clients", SHOP];
            let codes = operator.ask(Verb::Put, &path, Some(&codes)).await;
            let (openid, codes) = (openid.map_err(network)?, codes.map_err(network)?);
            let codes = Blob::from_text(&text(&codes, "secret")?);
            Ok(Self {
                openid: text(&openid, "client_secret")?,
                codes: codes.map_err(Failure::other)?,
            })
        })
    }

    pub(crate) fn shop(self, site: &Site) -> Outcome<Shop> {
        let id = ClientId::new(SHOP).map_err(Failure::other)?;
        let codes = Codes {
            login: LoginClient::new(endpoint(&site.login)?),
            credentials: ClientCredentials::new(id, self.codes),
            origin: Origin::new(&site.shop).map_err(Failure::other)?,
        };
        let openid = OpenId {
            issuer: site.login.clone(),
            id: SHOP,
            secret: self.openid,
            redirect: format!("{}/cb", site.shop),
            left: format!("{}/", site.shop),
            resource: AUDIENCE,
        };
        Shop::new(openid, codes)
    }
}

fn text(form: &Value, name: &str) -> Outcome<String> {
    let text = form.get(name).and_then(Value::as_str);
    let text = text.ok_or_else(|| Failure::other(format!("the answer has no {name}")))?;
    Ok(text.to_owned())
}

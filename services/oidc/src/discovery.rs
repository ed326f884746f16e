//! What the provider says of itself (OpenID Connect Discovery, section 3; RFC 8414).

use serde_json::{Value, json};

use crate::service::Service;

impl Service {
    pub(crate) fn metadata(&self) -> Value {
        let mut said = self.metadata_of_applications();
        if let (Some(door), Some(said)) = (&self.settings.services, said.as_object_mut()) {
            let method = "identity_tls_client_auth";
            let lists = [
                ("grant_types_supported", "client_credentials"),
                ("token_endpoint_auth_methods_supported", method),
                ("introspection_endpoint_auth_methods_supported", method),
            ];
            for (name, more) in lists {
                let list = said.get_mut(name).and_then(Value::as_array_mut);
                list.into_iter().for_each(|list| list.push(json!(more)));
            }
            said.extend([
                // RFC 8705, sections 3.3 and 5. Whom to expect there is this project's own.
                (
                    "tls_client_certificate_bound_access_tokens".to_owned(),
                    json!(true),
                ),
                (
                    "mtls_endpoint_aliases".to_owned(),
                    json!({
                        "token_endpoint": door.at("/oauth/token"),
                        "introspection_endpoint": door.at("/oauth/introspect"),
                    }),
                ),
                (
                    "milagro_identity".to_owned(),
                    json!(door.principal.to_string()),
                ),
            ]);
        }
        said
    }

    fn metadata_of_applications(&self) -> Value {
        let at = |path: &str| self.settings.issuer.at(path);
        let methods = ["none", "client_secret_basic", "private_key_jwt"];
        let secret = ["client_secret_basic", "private_key_jwt"];
        let algorithms = ["ES256", "EdDSA"];
        json!({
            "issuer": self.issuer(),
            "authorization_endpoint": at("/oauth/authorize"),
            "token_endpoint": at("/oauth/token"),
            "userinfo_endpoint": at("/oauth/userinfo"),
            "jwks_uri": at("/oauth/jwks"),
            "end_session_endpoint": at("/oauth/logout"),
            "revocation_endpoint": at("/oauth/revoke"),
            "introspection_endpoint": at("/oauth/introspect"),
            "pushed_authorization_request_endpoint": at("/oauth/par"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algorithms,
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "revocation_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
            "introspection_endpoint_auth_methods_supported": secret,
            "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "offline_access"],
            "claims_supported": [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash", "preferred_username",
            ],
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "claims_parameter_supported": false,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "require_pushed_authorization_requests": false,
            "authorization_response_iss_parameter_supported": true,
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
        })
    }
}

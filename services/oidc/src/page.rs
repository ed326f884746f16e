//! The pages of the provider: plain, without scripts, shown inside no other page.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use sha2::{Digest as _, Sha256};

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:10vh auto;padding:0 1rem;\
color-scheme:light dark}button{font:inherit;min-height:44px;min-width:44px;padding:0 1.2rem;margin:.5rem .5rem 0 0}";

/// What a browser gets, as the document of the interface says it.
pub(crate) struct Shown;

/// A page that asks something: a form with hidden fields and two buttons.
pub(crate) struct Question<'a> {
    pub(crate) title: &'a str,
    /// Paragraphs, not escaped yet.
    pub(crate) words: Vec<String>,
    /// The path of this origin that the form goes to.
    pub(crate) action: &'a str,
    pub(crate) hidden: [(&'a str, String); 2],
    /// The words on the buttons that say yes and no.
    pub(crate) yes: &'a str,
    pub(crate) no: &'a str,
    /// Where the answer may lead: browsers judge the whole chain of redirects after a form by `form-action`.
    pub(crate) leads_to: Option<&'a str>,
}

/// A page that says something.
pub(crate) fn said(status: StatusCode, title: &str, words: &str) -> Response {
    let body = format!("<p>{}</p>", escaped(words));
    framed(status, title, &body, "'none'")
}

pub(crate) fn asked(question: &Question<'_>) -> Response {
    let words = question.words.iter();
    let words: Vec<String> = words
        .map(|text| format!("<p>{}</p>", escaped(text)))
        .collect();
    let words = words.concat();
    let hidden = question.hidden.iter();
    let hidden: Vec<String> = hidden
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
                escaped(value)
            )
        })
        .collect();
    let hidden = hidden.concat();
    let body = format!(
        "{words}<form method=\"post\" action=\"{}\">{hidden}\
         <button name=\"answer\" value=\"yes\">{}</button><button name=\"answer\" value=\"no\">{}</button></form>",
        question.action,
        escaped(question.yes),
        escaped(question.no),
    );
    let leads = question.leads_to.and_then(source);
    let forms = leads.map_or_else(|| "'self'".to_owned(), |leads| format!("'self' {leads}"));
    framed(StatusCode::OK, question.title, &body, &forms)
}

fn framed(status: StatusCode, title: &str, body: &str, forms: &str) -> Response {
    let title = escaped(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><main><h1>{title}</h1>{body}</main></html>"
    );
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
    );
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    // No source has a character that ends a directive, or a line: `source`.
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // A form of a page without a referrer would say that it comes from nowhere.
    let referrer = HeaderName::from_static("referrer-policy");
    headers.insert(referrer, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// The origin or the scheme of an address, as Content-Security-Policy writes it.
fn source(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let origin = url.origin();
    let text = if origin.is_tuple() {
        origin.ascii_serialization()
    } else {
        format!("{}:", url.scheme())
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/[]".contains(&byte);
    text.bytes().all(plain).then_some(text)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            one => escaped.push(one),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{escaped, source};

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(
            escaped("<a href='x'>&\""),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"
        );
        assert_eq!(
            source("https://shop.example/cb;x").as_deref(),
            Some("https://shop.example")
        );
        assert_eq!(
            source("com.example.app:/cb").as_deref(),
            Some("com.example.app:")
        );
        assert_eq!(source("x"), None);
    }
}

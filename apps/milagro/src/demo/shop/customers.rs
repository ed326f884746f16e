//! Who is in the shop, by a cookie of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

use crate::demo::place::random;
use crate::demo::shop::openid::Begun;

/// Most that are remembered; one more takes the place of another.
const MOST: usize = 1024;

/// Somebody who is known.
#[derive(Clone)]
pub(crate) struct Customer {
    pub(crate) user: String,
    /// How the shop knows.
    pub(crate) by: &'static str,
    /// A token for the token service.
    pub(crate) token: Option<String>,
    /// The provider's word for who it is, with which it knows what to log out of.
    pub(crate) id_token: Option<String>,
}

/// A browser.
enum Visitor {
    /// It was sent to the provider.
    Begun(Begun),
    Known(Customer),
}

/// Browsers by their cookies.
#[derive(Default)]
pub(crate) struct Customers(Mutex<BTreeMap<String, Visitor>>);

impl Customers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Visitor>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The line that sets a new cookie: whoever logs in never keeps the one from before.
    fn remember(&self, visitor: Visitor) -> String {
        let (key, mut visitors) = (random(), self.lock());
        if visitors.len() >= MOST {
            visitors.pop_first();
        }
        let line = format!("shop={key}; Path=/; HttpOnly; SameSite=Lax");
        visitors.insert(key, visitor);
        line
    }

    pub(crate) fn begin(&self, begun: Begun) -> String {
        self.remember(Visitor::Begun(begun))
    }

    pub(crate) fn enter(&self, customer: Customer) -> String {
        self.remember(Visitor::Known(customer))
    }

    /// What a browser has begun, once.
    pub(crate) fn begun(&self, headers: &HeaderMap) -> Option<Begun> {
        match self.lock().remove(&key(headers)?)? {
            Visitor::Begun(begun) => Some(begun),
            Visitor::Known(_) => None,
        }
    }

    /// Forgets who it was.
    pub(crate) fn leave(&self, headers: &HeaderMap) -> Option<Customer> {
        match self.lock().remove(&key(headers)?)? {
            Visitor::Known(customer) => Some(customer),
            Visitor::Begun(_) => None,
        }
    }

    /// Who it is.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Option<Customer> {
        match self.lock().get(&key(headers)?)? {
            Visitor::Known(customer) => Some(customer.clone()),
            Visitor::Begun(_) => None,
        }
    }
}

fn key(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter();
    let pairs = lines.filter_map(|line| line.to_str().ok());
    let mut pairs = pairs.flat_map(|line| line.split(';'));
    let key = pairs.find_map(|pair| pair.trim().strip_prefix("shop="))?;
    Some(key.to_owned())
}

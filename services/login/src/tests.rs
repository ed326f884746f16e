//! Logins over HTTP, and what attacks come to.

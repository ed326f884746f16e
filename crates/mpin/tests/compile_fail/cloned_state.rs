//! The state of a login is not copied, compared or printed.

fn clone(session: &milagro_mpin::full::ClientSession) -> milagro_mpin::full::ClientSession {
    session.clone()
}

fn show(secret: &milagro_mpin::ClientSecret) -> String {
    format!("{secret}")
}

fn compare(a: &milagro_mpin::Pin, b: &milagro_mpin::Pin) -> bool {
    a == b
}

fn main() {}

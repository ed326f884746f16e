//! One use is spent once.
use milagro_voprf::tokens::client::{Binding, Token};

fn spend(token: Token, binding: &Binding<'_>) {
    let _first = token.redeem(binding);
    let _second = token.redeem(binding);
}

fn main() {}

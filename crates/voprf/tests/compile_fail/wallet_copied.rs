//! Two copies of a wallet spend the same tokens.
use milagro_voprf::tokens::client::Wallet;

fn copy(wallet: &Wallet) -> Wallet {
    wallet.clone()
}

fn main() {}

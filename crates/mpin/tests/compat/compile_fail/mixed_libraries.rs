use milagro_mpin::compat::{Client, LegacyClientSecret, LegacyIdentity, MilagroLegacy, MiraclCore};

fn client(identity: &LegacyIdentity<MilagroLegacy>, secret: LegacyClientSecret) {
    let _: Client<MiraclCore> = Client::new(identity, secret);
}

fn main() {}

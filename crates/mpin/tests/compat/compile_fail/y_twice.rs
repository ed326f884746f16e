use milagro_mpin::compat::{MilagroLegacy, Pending, Response, Server};

fn verify(server: &Server, pending: Pending<MilagroLegacy>, guess: Response, other: Response) {
    let _ = pending.verify(server, &guess, 0);
    let _ = pending.verify(server, &other, 0);
}

fn main() {}

//! Forward secrecy: what can be computed from long-term keys and everything that was sent, and what from
//! more than that. The test plays the server by the formulas of `milagro-mpin`'s page.

use milagro_curve::{
    G1Point, G2Prepared, Gt, Scalar, SecretScalar, Transcript,
    loose::E1Sum,
    pairing::{Term, pairing_product},
};
use milagro_mpin::ChannelBinding;

use super::world::World;
use crate::admission::Side;
use crate::exchange::{Prologue, Session};
use crate::login::words::Words;
use crate::tests::fixture::{NOW, rng};
use crate::tests::seeded::Seeded;

/// A finished run, in the letters of the formulas.
struct Run {
    a: G1Point,
    u: G1Point,
    v: G1Point,
    g: G1Point,
    w_point: G1Point,
    y: Scalar,
    h: Scalar,
    /// s and w.
    s: Scalar,
    w: Scalar,
    k: Gt,
    /// The transcript of K, and that of the exchange.
    said: Transcript,
    words: Words,
    /// What the server has confirmed with, and one key of the client.
    confirmation: [u8; 32],
    sending: [u8; 32],
}

fn public(k: &SecretScalar) -> Scalar {
    Scalar::from_bytes(&k.to_bytes()).unwrap()
}

fn times(point: &G1Point, k: &Scalar) -> G1Point {
    (point * k).to_point().unwrap()
}

impl Run {
    /// Alice logs in, and the test answers in the server's name, with its key and an ephemeral of its own.
    fn new() -> Self {
        let world = World::new();
        let none = Prologue::new();
        let (client, hello) = world.client(&world.alice).start(&none);
        let sent = world
            .server()
            .challenge(&mut Seeded(2), &none, &hello, NOW)
            .unwrap();
        let mut words = Words::new(&none);
        words.flight(&hello);
        words.flight(&sent.flight);
        let ChannelBinding::Context(context) = words.binding() else {
            panic!("another binding");
        };
        let (client, proof) = client.receive(&mut rng(), &sent.flight).unwrap();
        words.flight(&proof);
        let part = |back: usize, length: usize| {
            let start = proof.len() - back;
            &proof[start..start + length]
        };
        let point = |back| G1Point::from_uncompressed(part(back, 96).try_into().unwrap()).unwrap();
        // U, V, R, z, G, Rr, zr.
        let (u, v, g) = (point(544), point(448), point(224));
        let parts = [
            &u.to_bytes()[..],
            &v.to_bytes(),
            &point(352).to_bytes(),
            part(256, 32),
            &g.to_bytes(),
            &point(128).to_bytes(),
            part(32, 32),
        ]
        .concat();
        let mut said = Transcript::new("MILAGRO-V1-FULL-SHAKE256");
        said.append("domain", &world.domain.to_bytes());
        said.append("server", world.server.as_bytes());
        said.append("identity", &world.alice.secret.identity().to_bytes());
        said.append("permit", &[0]);
        said.append("context", &context);
        said.append("challenge", &sent.flight[4..]);
        said.append("G", &g.to_bytes());
        said.append("U", &u.to_bytes());
        let short =
            |said: &Transcript, label| Scalar::from(u128::from_be_bytes(said.bytes(label)) >> 1);
        let y = short(&said, "y");
        let w = public(&SecretScalar::random(&mut rng()));
        let a = world.alice.secret.identity().to_point();
        let w_point = times(&a, &w);
        said.append("parts", &parts);
        said.append("W'", &w_point.to_bytes());
        let h = short(&said, "h");
        let s = Scalar::from_bytes(&world.master.to_bytes()).unwrap();
        let server = world.master.issue_server(&world.server);
        let s_qs = G2Prepared::from(server.as_point());
        let sum = E1Sum::from(g) + (&a * &h).into();
        let mut run = Self {
            a,
            u,
            v,
            g,
            w_point,
            y,
            h,
            s,
            k: pairing_product(Term::new(sum, &s_qs), &[]),
            said,
            words,
            confirmation: [0; 32],
            sending: [0; 32],
            w,
        };
        run.confirmation = run.confirms(&run.k, &times(&u, &w));
        let answer = [
            &[8, 1, 0, 81, 1][..],
            &w_point.to_bytes(),
            &run.confirmation,
        ]
        .concat();
        let (session, _) = client.receive(&answer).unwrap();
        run.sending = *session.sending();
        run.words.flight(&answer);
        run
    }

    fn key(&self, k: &Gt, d: &G1Point, label: &'static str) -> [u8; 32] {
        let material = [&k.to_bytes()[..], &d.to_bytes()].concat();
        *self.said.key(&material, label)
    }

    fn confirms(&self, k: &Gt, d: &G1Point) -> [u8; 32] {
        self.key(k, d, "server confirmation")
    }

    /// The client's key for sending, if k and D were these.
    fn sending(&self, k: &Gt, d: &G1Point) -> [u8; 32] {
        let exporter = self.key(k, d, "exporter");
        let secret = crate::exchange::SharedSecret::new(&[&exporter]);
        let early = self.words.clone().0;
        let session: Session<()> = early.shared(Side::Client, &secret).session(());
        *session.sending()
    }

    fn found_by(&self, k: &Gt, d: &G1Point) -> bool {
        let found = self.confirms(k, d) == self.confirmation;
        assert_eq!(found, self.sending(k, d) == self.sending);
        found
    }
}

#[test]
fn static_keys_and_the_transcript_do_not_give_the_key() {
    let run = Run::new();
    // Whoever has s has k, and so have the client's secret with r, and the server's key.
    let secret = times(&run.a, &run.s);
    let sum = |a: G1Point, b: G1Point| (a + b).to_point().unwrap();
    let public = [run.a, run.u, run.v, run.g, run.w_point, secret];
    let scalars = [
        run.s,
        run.y,
        run.h,
        run.s * run.y,
        run.s * run.h,
        run.s.invert().unwrap(),
        run.y.invert().unwrap(),
        run.h.invert().unwrap(),
        Scalar::ZERO - Scalar::ONE,
        Scalar::ONE,
    ];
    // D = x·W' = w·U from: every point, their sums and differences, and all of these times every static
    // scalar and hash, under the right k and under the k of no exponent.
    let mut points = public.to_vec();
    for (index, first) in public.iter().enumerate() {
        for second in &public[index + 1..] {
            points.extend([sum(*first, *second), sum(*first, -*second)]);
        }
    }
    let mut attempts = 0;
    for point in &points {
        for scalar in &scalars {
            for k in [&run.k, &Gt::one()] {
                assert!(!run.found_by(k, &times(point, scalar)));
                attempts += 1;
            }
        }
    }
    assert_eq!(attempts, 36 * 10 * 2);
}

#[test]
fn the_ephemeral_secret_gives_it() {
    let run = Run::new();
    let d = times(&run.u, &run.w);
    assert!(run.found_by(&run.k, &d));
    // Only together with k.
    assert!(!run.found_by(&Gt::one(), &d));
}

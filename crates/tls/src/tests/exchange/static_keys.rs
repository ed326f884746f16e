//! Forward secrecy: what can be computed from long-term keys and everything that was sent, and what from
//! more than that.

use std::collections::HashSet;

use milagro_base::Writer;
use milagro_curve::{
    G1Point, G1Sum, G2Point, G2Prepared, Gt, Scalar, SecretScalar, pairing::pairing,
};
use milagro_dta::issue::{HashToFirst as _, HashToSecond as _};

use super::world::{World, flight};
use crate::admission::Side;
use crate::exchange::Prologue;
use crate::exchange::{Early, SharedSecret};
use crate::tags;
use crate::tests::fixture::{NOW, rng};
use milagro_dta::Agreement;

/// Something that an attacker may have beside what was sent and s·P.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Secret {
    D1,
    D2,
    S,
    X,
    W,
    Y,
}

/// A finished run, in the letters of the formulas, with all that is secret in it.
struct Run {
    a: G1Point,
    b: G2Point,
    pa: G1Point,
    pg: G1Point,
    pb: G2Point,
    pi: [Scalar; 2],
    d1: G1Point,
    d2: G2Point,
    s: Scalar,
    s_p: G1Point,
    /// x, w and y.
    ephemeral: [Scalar; 3],
    /// By the responder's formulas.
    k: Gt,
    d: G1Point,
}

impl Run {
    /// Alice calls, and the test answers in Bob's name, with Bob's key.
    fn new() -> Self {
        let world = World::new();
        let (alice, first) = world.call();
        let ids = [
            &world.alice.identity(NOW).unwrap(),
            &world.bob.identity(NOW).unwrap(),
        ];
        let a = Agreement::first_point(&ids[0].to_subject());
        let b = Agreement::second_point(&ids[1].to_subject());
        let key = world.master.issue_responder(ids[1]).unwrap();
        let d2 = key.secret().clone().declassify();
        let [w, y] = [(); 2].map(|()| public(&SecretScalar::random(&mut rng())));
        let pa = G1Point::from_slice(&first[first.len() - 48..]).unwrap();
        let pg = (&a * &w).to_point().unwrap();
        let pb = (&b * &y).to_point().unwrap();

        let mut said = Early::new(tags::PEER_TO_PEER, &Prologue::new());
        said.append("initiator", &ids[0].to_bytes());
        said.append("responder", &ids[1].to_bytes());
        said.append("PaG1", &pa.to_bytes());
        said.append("PgG1", &pg.to_bytes());
        said.append("PbG2", &pb.to_bytes());
        let pi = ["a", "b"].map(|label| said.transcript().challenge(label));
        let left = (&a * &pi[0] + pa).to_point().unwrap();
        let right = (&d2 * &(y + pi[1])).to_point().unwrap();
        let k = pairing(&left, &G2Prepared::from(&right));
        let d = (&pa * &w).to_point().unwrap();

        // Alice takes the answer, so the session comes from this k and this D.
        let shared = SharedSecret::new(&[&k.to_bytes(), &d.to_bytes()]);
        let bob = said.shared(Side::Server, &shared);
        let framed = Writer::new().string(&ids[1].to_bytes()).finish();
        let fields = [&pg.to_bytes()[..], &pb.to_bytes(), &*bob.confirmation()];
        let second = flight(2, &[framed, fields.concat()].concat());
        let x = public(alice.x_for_tests());
        let (session, third) = alice.finish(&second, NOW).unwrap();
        let theirs = bob.confirm(third[4..].try_into().unwrap(), ()).unwrap();
        assert_eq!(session.sending(), theirs.receiving());

        let key = world.master.issue(&mut rng(), ids[0]).unwrap();
        let key = key.accept(&world.master.anchor()).unwrap();
        Self {
            a,
            b,
            pa,
            pg,
            pb,
            pi,
            d1: key.secret().clone().declassify(),
            d2,
            s: Scalar::from_bytes(&world.master.scalar_bytes()).unwrap(),
            s_p: *world.master.anchor().commitment(),
            ephemeral: [x, w, y],
            k,
            d,
        }
    }

    /// Scalars to multiply by: all that are known, alone and as the formulas use them.
    fn scalars(&self, known: &[Secret]) -> Vec<Scalar> {
        let [pi_a, pi_b] = self.pi;
        let [x, w, y] = self.ephemeral;
        let mut scalars = vec![Scalar::from(1_u64), pi_a, pi_b, pi_a * pi_b];
        for secret in known {
            match secret {
                Secret::D1 | Secret::D2 => {}
                Secret::S => scalars.extend([self.s, self.s * pi_a, self.s * pi_b]),
                Secret::X => scalars.extend([x, x + pi_a, x * pi_b, (x + pi_a) * pi_b]),
                Secret::W => scalars.extend([w, w * pi_a, w * pi_b]),
                Secret::Y => scalars.extend([y, y + pi_b, y * pi_a, (y + pi_b) * pi_a]),
            }
        }
        scalars
    }

    /// Points of G1: all that are known, what the formulas make of them, and the multiples of those.
    fn first(&self, known: &[Secret]) -> Vec<G1Sum> {
        let [pi_a, _] = self.pi;
        let mut points = vec![self.a, self.pa, self.pg, self.s_p, G1Point::generator()];
        points.extend((&self.a * &pi_a + self.pa).to_point());
        if known.contains(&Secret::D1) {
            points.push(self.d1);
            points.extend((&self.d1 * &pi_a + self.pa).to_point());
        }
        let scalars = self.scalars(known);
        let multiples = |point| scalars.iter().map(move |scalar| &point * scalar);
        points.into_iter().flat_map(multiples).collect()
    }

    /// Points of G2: the same, without multiples, since e(c·X, Y) = e(X, c·Y).
    fn second(&self, known: &[Secret]) -> Vec<G2Prepared> {
        let [_, pi_b] = self.pi;
        let mut points = vec![self.b, self.pb, G2Point::generator()];
        points.extend((&self.b * &pi_b + self.pb).to_point());
        if known.contains(&Secret::D2) {
            points.push(self.d2);
            points.extend((&self.d2 * &pi_b + self.pb).to_point());
        }
        points.iter().map(G2Prepared::from).collect()
    }

    /// Whether k is among the pairings of all those points, their inverses, and the products of any two.
    fn finds_k(&self, known: &[Secret]) -> bool {
        let first = G1Sum::batch_to_points(&self.first(known)).unwrap();
        let second = self.second(known);
        let pairs = first
            .iter()
            .flat_map(|x| second.iter().map(move |y| (x, y)));
        let all: Vec<Gt> = pairs.map(|(x, y)| pairing(x, y)).collect();
        let all: Vec<Gt> = all.iter().flat_map(|k| [*k, k.invert()]).collect();
        let bytes: HashSet<_> = all.iter().map(Gt::to_bytes).collect();
        // k = X·Y if and only if Y = k·X^-1, and the inverses are in the list too.
        bytes.contains(&self.k.to_bytes())
            || all
                .iter()
                .any(|x| bytes.contains(&(&self.k * x).to_bytes()))
    }

    /// Whether D is among all those points, their negatives, and the sums of any two.
    fn finds_d(&self, known: &[Secret]) -> bool {
        let all = self.first(known);
        let all: Vec<G1Sum> = all.iter().flat_map(|point| [*point, -*point]).collect();
        let points = G1Sum::batch_to_points(&all).unwrap();
        let bytes: HashSet<_> = points.iter().map(G1Point::to_bytes).collect();
        let rest: Vec<_> = points
            .iter()
            .filter_map(|point| (self.d - *point).to_point())
            .collect();
        bytes.contains(&self.d.to_bytes())
            || rest.iter().any(|point| bytes.contains(&point.to_bytes()))
    }
}

/// Whether an attacker with these secrets finds k, and whether he finds D. He needs both for the key.
fn finds(known: &[Secret]) -> [bool; 2] {
    let run = Run::new();
    [run.finds_k(known), run.finds_d(known)]
}

#[test]
fn all_static_keys_and_the_transcript_do_not_give_the_key() {
    assert_eq!(finds(&[]), [false, false]);
    assert_eq!(finds(&[Secret::D1, Secret::D2]), [false, false]);
}

/// The search can find what is to be found.
#[test]
fn a_static_key_and_its_ephemeral_scalars_give_the_key() {
    assert_eq!(finds(&[Secret::D1, Secret::X]), [true, true]);
    assert_eq!(finds(&[Secret::D2, Secret::W, Secret::Y]), [true, true]);
}

/// The master secret gives k: D stands against authorities that read along.
#[test]
fn the_master_secret_gives_k_and_not_the_key() {
    assert_eq!(finds(&[Secret::S, Secret::D1, Secret::D2]), [true, false]);
}

/// Generators that are broken are not the end: k still needs a static key.
#[test]
fn ephemeral_scalars_alone_do_not_give_the_key() {
    let known = [Secret::X, Secret::W, Secret::Y];
    assert_eq!(finds(&known), [false, true]);
}

/// Key-compromise impersonation: with Alice's key, and having chosen w and y, nobody is Bob to her; with
/// Bob's key, and having chosen x, nobody is Alice to him.
#[test]
fn the_key_of_one_end_does_not_let_its_thief_play_the_other() {
    assert_eq!(finds(&[Secret::D1, Secret::W, Secret::Y]), [false, true]);
    assert_eq!(finds(&[Secret::D2, Secret::X]), [false, true]);
}

fn public(secret: &SecretScalar) -> Scalar {
    Scalar::from_bytes(&secret.to_bytes()).unwrap()
}

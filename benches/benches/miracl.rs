//! One login as `miracl_core_bls12381` does it: 97-byte points, 48-byte scalars, the server picks y.

use miracl_core_bls12381::bls12381::mpin;
use miracl_core_bls12381::rand::{RAND, RAND_impl};

type Point = [u8; 97];
type Scalar = [u8; 48];

const TAG: &[u8] = b"BLS12381G1_XMD:SHA-256_SSWU_NU_MPIN";
const OK: isize = 0;

/// Everything that client, server and authority know in one honest login.
pub(crate) struct Run {
    identity: Vec<u8>,
    hid: Point,
    pin: u16,
    master: Scalar,
    server_secret: [u8; 193],
    token: Point,
    rebuilt: Point,
    x: Scalar,
    y: Scalar,
    u: Point,
    v: Point,
}

impl Run {
    /// Registers an identity and logs it in once.
    pub(crate) fn new(identity: &[u8], pin: u16) -> Self {
        let mut rng = RAND_impl::new();
        rng.seed(100, &[0x5a; 100]);
        let mut run = Self {
            identity: identity.to_vec(),
            hid: hash(identity),
            pin,
            master: [0; 48],
            server_secret: [0; 193],
            token: [0; 97],
            rebuilt: [0; 97],
            x: [0; 48],
            y: [0; 48],
            u: [0; 97],
            v: [0; 97],
        };
        for scalar in [&mut run.master, &mut run.x, &mut run.y] {
            assert_eq!(mpin::random_generate(&mut rng, scalar), OK);
        }
        assert_eq!(
            mpin::get_server_secret(&run.master, &mut run.server_secret),
            OK
        );
        run.token = run.hash_and_issue();
        assert_eq!(
            mpin::extract_pin(&run.hid, i32::from(pin), &mut run.token),
            OK
        );
        (run.rebuilt, run.u) = run.commit();
        run.v = run.answer();
        assert!(run.hash_and_check(), "an honest login");
        let honest = core::mem::replace(&mut run.y, run.x);
        assert!(!run.hash_and_check(), "another challenge");
        run.y = honest;
        run
    }

    /// The authority: hash the identity, multiply by the master secret.
    pub(crate) fn hash_and_issue(&self) -> Point {
        let mut secret = [0; 97];
        let mut master = self.master;
        assert_eq!(
            mpin::get_client_secret(&mut master, &hash(&self.identity), &mut secret),
            OK
        );
        secret
    }

    /// The client's first message: rebuild the secret from token and PIN, U = x·A.
    pub(crate) fn commit(&self) -> (Point, Point) {
        let (mut rebuilt, mut u) = ([0; 97], [0; 97]);
        let mut x = self.x;
        let pin = usize::from(self.pin);
        let no_rng: Option<&mut RAND_impl> = None;
        assert_eq!(
            mpin::client_1(
                &self.hid,
                no_rng,
                &mut x,
                pin,
                &self.token,
                &mut rebuilt,
                &mut u
            ),
            OK
        );
        (rebuilt, u)
    }

    /// The client's second message: V = -(x + y)·S.
    pub(crate) fn answer(&self) -> Point {
        let mut v = self.rebuilt;
        assert_eq!(mpin::client_2(&self.x, &self.y, &mut v), OK);
        v
    }

    /// The server: hash the identity, check U and V.
    pub(crate) fn hash_and_check(&self) -> bool {
        mpin::server(
            &hash(&self.identity),
            &self.y,
            &self.server_secret,
            &self.u,
            &self.v,
        ) == OK
    }
}

fn hash(identity: &[u8]) -> Point {
    let mut hid = [0; 97];
    mpin::encode_to_curve(TAG, identity, &mut hid);
    hid
}

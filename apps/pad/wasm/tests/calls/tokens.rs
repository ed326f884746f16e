//! Tokens are drawn under everybody's key, kept, and spent once each.

use milagro_base::Writer;
use milagro_pad_wasm::call::{Bytes, Fault};
use milagro_pad_wasm::tokens;

use super::issuing::{Issuing, NOON, STATION};
use super::{call, seed};

/// How a client knows the schedule, and what it has seen.
struct Book {
    by: u8,
    known: [u8; 32],
    seen: Vec<u8>,
    published: Vec<u8>,
}

impl Book {
    fn new(issuing: &Issuing) -> Self {
        Self {
            by: 0,
            known: issuing.signer.verifier().to_bytes(),
            seen: Vec::new(),
            published: issuing.published(),
        }
    }

    fn after(&self, writer: Writer) -> Writer {
        let writer = writer.u8(self.by).bytes(&self.known);
        writer.string(&self.seen).string(&self.published)
    }

    fn edition(&self) -> Result<Bytes, Fault> {
        call(tokens::edition, self.after(Writer::new()))
    }

    fn draw(&self, count: u16) -> Result<Bytes, Fault> {
        let request = self.after(Writer::new().bytes(&seed()));
        call(tokens::draw, request.seconds(NOON).u16(count))
    }

    fn request(&self, pending: &[u8]) -> Result<Bytes, Fault> {
        call(tokens::request, self.after(Writer::new()).string(pending))
    }

    fn unblind(&self, pending: &[u8], answer: &[u8], wallet: &[u8]) -> Result<Bytes, Fault> {
        let request = self.after(Writer::new()).string(pending);
        call(tokens::unblind, request.string(answer).string(wallet))
    }

    fn have(&self, wallet: &[u8]) -> u32 {
        let request = self.after(Writer::new()).string(wallet).seconds(NOON);
        let said = call(tokens::stock, request).unwrap();
        let (have, _) = said.split_first_chunk().unwrap();
        u32::from_be_bytes(*have)
    }

    /// A redemption, and the wallet that is left.
    fn take(&self, wallet: &[u8], payload: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Fault> {
        let request = self.after(Writer::new().bytes(&seed()));
        let request = request.string(wallet).seconds(NOON).string(STATION);
        let said = call(tokens::take, request.string(b"report").string(payload))?;
        let (length, rest) = said.split_first_chunk().unwrap();
        let length = usize::from(u16::from_be_bytes(*length));
        let (redemption, rest) = rest.split_at(length);
        Ok((redemption.to_vec(), rest.to_vec()))
    }
}

#[test]
fn tokens_are_drawn_and_every_use_is_good_once() {
    let issuing = Issuing::new();
    let book = Book::new(&issuing);
    let pending = book.draw(3).unwrap();
    let request = book.request(&pending).unwrap();
    assert_eq!(request, book.request(&pending).unwrap());
    let answer = issuing.issue(&request).unwrap();
    let mut wallet = book.unblind(&pending, &answer, &[]).unwrap().to_vec();
    assert_eq!(book.have(&wallet), 3);
    let mut shown = Vec::new();
    for number in 0..6_u8 {
        let payload = [number];
        let (redemption, rest) = book.take(&wallet, &payload).unwrap();
        let redeem = |payload: &[u8]| issuing.redeem(&redemption, b"report", payload);
        assert_eq!(redeem(b"another"), "refused");
        assert_eq!(redeem(&payload), "spent");
        assert_eq!(redeem(&payload), "again");
        assert!(!shown.contains(&redemption));
        shown.push(redemption);
        wallet = rest;
    }
    assert_eq!(book.have(&wallet), 0);
    assert_eq!(book.take(&wallet, b"").unwrap_err(), Fault::Empty);
    assert_eq!(book.take(&[], b"").unwrap_err(), Fault::Empty);
}

#[test]
fn a_schedule_is_everybodys_or_nothing() {
    let (issuing, other) = (Issuing::new(), Issuing::new());
    let mut book = Book::new(&issuing);
    let first = book.edition().unwrap();
    book.seen = first.to_vec();
    assert_eq!(book.edition().unwrap(), first);
    // Of another signer, altered, or none at all.
    let good = book.published.clone();
    for bad in [other.published(), good[1..].to_vec(), Vec::new()] {
        book.published = bad;
        assert_eq!(book.edition().unwrap_err(), Fault::NotPinned);
    }
    for place in [70, good.len() - 1] {
        book.published.clone_from(&good);
        book.published[place] ^= 1;
        assert_eq!(book.edition().unwrap_err(), Fault::NotPinned, "{place}");
    }
    // The next one, and never back.
    book.published = issuing.withdrawn();
    let second = book.edition().unwrap();
    assert_ne!(second, first);
    book.seen = second.to_vec();
    book.published.clone_from(&good);
    assert_eq!(book.edition().unwrap_err(), Fault::NotPinned);
    // By its digest it is one and no other.
    let mut book = Book::new(&issuing);
    (book.by, book.known) = (1, issuing.digest());
    assert_eq!(book.edition().unwrap(), first);
    book.published = issuing.withdrawn();
    assert_eq!(book.edition().unwrap_err(), Fault::NotPinned);
    book.by = 2;
    assert_eq!(book.edition().unwrap_err(), Fault::Request);
}

#[test]
fn a_key_for_one_client_is_found_out() {
    let (issuing, marking) = (Issuing::new(), Issuing::new());
    let (book, marked) = (Book::new(&issuing), Book::new(&marking));
    let pending = book.draw(2).unwrap();
    let request = book.request(&pending).unwrap();
    // The same elements, answered under a key of the marking issuer's.
    let id = marked.draw(1).and_then(|pending| marked.request(&pending));
    let request = [&[1], &id.unwrap()[1..33], &request[33..]].concat();
    let answer = marking.issue(&request).unwrap();
    assert_eq!(book.unblind(&pending, &answer, &[]), Err(Fault::OtherKey));
    assert_eq!(
        book.unblind(&pending, &answer[1..], &[]),
        Err(Fault::Answer)
    );
}

#[test]
fn a_withdrawn_key_gives_and_buys_nothing() {
    let issuing = Issuing::new();
    let mut book = Book::new(&issuing);
    let pending = book.draw(1).unwrap();
    let answer = issuing.issue(&book.request(&pending).unwrap()).unwrap();
    let wallet = book.unblind(&pending, &answer, &[]).unwrap();
    book.published = issuing.withdrawn();
    assert_eq!(book.draw(1).unwrap_err(), Fault::Closed);
    assert_eq!(book.request(&pending).unwrap_err(), Fault::Closed);
    assert_eq!(book.take(&wallet, b"").unwrap_err(), Fault::Empty);
    let request = book.after(Writer::new()).string(&wallet).seconds(NOON);
    let said = call(tokens::stock, request).unwrap();
    assert_eq!(
        said[..],
        [0, 0, 0, 0, 1, 0, 0, 0, 0],
        "nothing is kept of it"
    );
}

#[test]
fn what_is_no_wallet_and_no_number_is_refused() {
    let issuing = Issuing::new();
    let book = Book::new(&issuing);
    for count in [0, u16::MAX] {
        assert_eq!(book.draw(count).unwrap_err(), Fault::Request, "{count}");
    }
    assert_eq!(book.take(&[7], b"").unwrap_err(), Fault::Stored);
    let pending = book.draw(1).unwrap();
    let answer = issuing.issue(&book.request(&pending).unwrap()).unwrap();
    let wallet = book.unblind(&pending, &answer, &[]).unwrap();
    let twice = book.unblind(&pending, &answer, &wallet);
    assert_eq!(twice.unwrap_err(), Fault::Stored, "none stands there twice");
}

//! Who is told what a store does.

use alloc::sync::Arc;
use std::sync::Mutex;

use milagro_base::Seconds;
use milagro_ledger::Ledger as _;
use milagro_store_embedded::{Event, Observer, Settings, init};

use crate::common::{at, charge, one, rng, short};

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn observe(&self, event: &Event<'_>) {
        let note = match event {
            Event::Answered { outcome, size, .. } => format!("{outcome:?} {size}"),
            event => format!("{event:?}"),
        };
        self.0.lock().unwrap().push(note);
    }
}

#[tokio::test]
async fn an_observer_hears_of_answers_and_forgotten_days() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let notes = Arc::<Notes>::default();
    let store = init(&mut rng(), &path, Settings::default(), at(0)).unwrap();
    let store = store.observed_by(notes.clone());
    let charges: Vec<_> = (0..3).map(|name| charge(short(name), 1, name)).collect();
    let _granted = store.charge(at(1000), &charges).await;
    let later = at(1600).plus(Seconds::days(4));
    let _over = one(&store, later, charge(short(4), 3, 9)).await;
    let day = at(1600).get() / 86_400;
    let heard = notes.0.lock().unwrap().clone();
    assert_eq!(
        heard,
        ["Complete 3", &format!("forgot day {day}"), "Complete 1"]
    );
}

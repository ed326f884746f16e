//! The weather report over HTTP, in memory and at a reduced size.

use crate::testkit::{Report, Size, weather};
use crate::tests::support::{ground, ledger};

#[tokio::test(flavor = "multi_thread")]
async fn the_weather_report() {
    let (ground, _directory) = ground(ledger());
    let report: Report = weather(ground, Size::SMALL).await.unwrap();
    assert_eq!(report.drawn, 48);
    assert_eq!(report.spent, 48);
    // All others of five tries at two redeemers.
    assert_eq!(report.refused, 48 * 9);
    // Twice for each user: in both epochs.
    assert_eq!(report.repeated, 12);
    assert_eq!(report.withdrawn, 1);
}

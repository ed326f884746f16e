//! The table of the ways in README.md.

const PAGE: &str = include_str!("../../README.md");

const PROPERTIES: [&str; 6] = [
    "forward secrecy",
    "own key stolen (KCI)",
    "identity privacy",
    "post-quantum confidentiality",
    "revocation",
    "stacks",
];

/// How the first four cells of each way begin.
const WAYS: [(&str, [&str; 4]); 5] = [
    (
        "raw keys in rustls",
        [
            "yes",
            "safe",
            "client: seen by the server alone",
            "with X25519MLKEM768",
        ],
    ),
    (
        "PSK",
        [
            "yes in TLS 1.3 with `psk_dhe_ke`; none with plain PSK",
            "not safe",
            "client in clear",
            "with a post-quantum group",
        ],
    ),
    (
        "channel binding",
        [
            "that of the TLS beneath",
            "safe",
            "inside",
            "that of the TLS beneath",
        ],
    ),
    (
        "own exchange, client-server",
        [
            "yes",
            "safe",
            "hash of the client's identity in clear",
            "none",
        ],
    ),
    (
        "own exchange, peer-to-peer",
        ["yes", "safe", "both in clear", "none"],
    ),
];

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn the_table_of_ways_is_complete() {
    let section = PAGE.split("\n## Which way\n").nth(1).unwrap();
    let table = section.split("\n## ").next().unwrap();
    // Behind the five lines "choose this if", round trips and clocks.
    assert_eq!(table.matches("\n- Choose ").count(), WAYS.len());
    let mut tables = table.split("\n| way |").skip(1);
    let of = |table: &str| -> Vec<String> {
        let lines = table.lines().take_while(|line| !line.is_empty());
        let head = lines
            .clone()
            .next()
            .into_iter()
            .map(|head| format!("| way |{head}"));
        head.chain(lines.skip(1).map(str::to_owned)).collect()
    };
    let needs = of(tables.next().unwrap());
    assert_eq!(cells(&needs[0])[1..], ["round trips before data", "clock"]);
    let ways: Vec<_> = needs[2..].iter().map(|row| cells(row)[0]).collect();
    assert_eq!(ways, WAYS.map(|(name, _)| name));
    let rows = of(tables.next().unwrap());
    let rows: Vec<_> = rows.iter().map(|row| cells(row)).collect();
    let [head, _, rows @ ..] = &rows[..] else {
        panic!("no table");
    };
    assert_eq!(head[0], "way");
    assert_eq!(head[1..], PROPERTIES);
    let names: Vec<_> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(names, WAYS.map(|(name, _)| name));
    for (row, (name, starts)) in rows.iter().zip(WAYS) {
        assert_eq!(row.len(), 1 + PROPERTIES.len(), "{name}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{name}");
        for (cell, start) in row[1..].iter().zip(starts) {
            assert!(cell.starts_with(start), "{name}: {cell}");
        }
    }
}

//! Keys of records.

/// The first key after all that start with `prefix`; `None` if there is none.
#[must_use]
pub fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::keys::end_of;

    #[test]
    fn the_first_key_after_all_with_a_prefix() {
        let ends: [(&[u8], Option<&[u8]>); 5] = [
            (b"a", Some(b"b")),
            (b"a\xff", Some(b"b")),
            (b"a\x00", Some(b"a\x01")),
            (b"\xff\xff", None),
            (b"", None),
        ];
        for (prefix, end) in ends {
            assert_eq!(end_of(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}

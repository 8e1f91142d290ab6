//! The Range header (RFC 9110 §14.1.2).

/// Ranges of one request that are served as parts; more of them is answered with the whole file.
const MOST: usize = 64;

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: u64,
    pub(super) length: u64,
}

impl Range {
    /// The value of Content-Range.
    pub(super) fn content_range(self, total: u64) -> String {
        format!("bytes {}-{}/{total}", self.start, self.start + self.length.saturating_sub(1))
    }
}

/// What a Range header asks of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ranges {
    /// Everything: no header, one that is no byte range, or one that asks for too much.
    Whole,
    /// One part.
    One(Range),
    /// Several parts.
    Many(Vec<Range>),
    /// Nothing that the file has.
    Outside,
}

impl Ranges {
    /// Reads a header for a file of `total` bytes. What cannot be read is ignored, as the RFC
    /// asks; parts that lie outside are left out.
    pub(super) fn parse(text: &str, total: u64) -> Ranges {
        let Some(list) = text.trim().strip_prefix("bytes=") else { return Ranges::Whole };
        let mut ranges = Vec::new();
        let mut seen = 0_usize;
        for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            seen += 1;
            match range(item, total) {
                Some(Some(found)) => ranges.push(found),
                Some(None) => {}
                None => return Ranges::Whole,
            }
        }
        if seen == 0 {
            return Ranges::Whole;
        }
        let asked = ranges.iter().fold(0_u64, |sum, range| sum.saturating_add(range.length));
        // Many or overlapping parts would send more than the file: an old way to flood a server.
        if seen > MOST || asked > total {
            return Ranges::Whole;
        }
        match ranges.as_slice() {
            [] => Ranges::Outside,
            [one] => Ranges::One(*one),
            _ => Ranges::Many(ranges),
        }
    }
}

/// `None` for no range at all, `Some(None)` for one outside the file.
fn range(item: &str, total: u64) -> Option<Option<Range>> {
    let (first, last) = item.split_once('-')?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        // A number too large for 64 bits lies behind the end of any file.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    if first.is_empty() {
        let length = number(last)?.min(total);
        return Some((length > 0).then(|| Range { start: total - length, length }));
    }
    let start = number(first)?;
    let end = if last.is_empty() { u64::MAX } else { number(last)? };
    if end < start {
        return None;
    }
    if start >= total {
        return Some(None);
    }
    Some(Some(Range { start, length: end.min(total - 1) - start + 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(start: u64, length: u64) -> Ranges {
        Ranges::One(Range { start, length })
    }

    #[test]
    fn the_forms_of_the_rfc() {
        assert_eq!(Ranges::parse("bytes=0-499", 1000), one(0, 500));
        assert_eq!(Ranges::parse("bytes=500-", 1000), one(500, 500));
        assert_eq!(Ranges::parse("bytes=-200", 1000), one(800, 200));
        assert_eq!(Ranges::parse("bytes=-2000", 1000), one(0, 1000));
        assert_eq!(Ranges::parse("bytes=900-99999999999999999999", 1000), one(900, 100));
        assert_eq!(
            Ranges::parse("bytes=0-0, -1", 1000),
            Ranges::Many(vec![Range { start: 0, length: 1 }, Range { start: 999, length: 1 }])
        );
        assert_eq!(Ranges::parse("bytes=1000-", 1000), Ranges::Outside);
        assert_eq!(Ranges::parse("bytes=-0", 1000), Ranges::Outside);
        assert_eq!(Ranges::parse("bytes=0-", 0), Ranges::Outside);
    }

    #[test]
    fn what_is_no_range_is_ignored() {
        for text in ["", "bytes=", "items=0-1", "bytes=a-b", "bytes=5-2", "bytes=--1", "bytes=+1-2"]
        {
            assert_eq!(Ranges::parse(text, 1000), Ranges::Whole, "{text}");
        }
        let flood = format!("bytes={}", vec!["0-"; 20].join(","));
        assert_eq!(Ranges::parse(&flood, 1000), Ranges::Whole);
    }

    proptest! {
        #[test]
        fn parts_lie_within_the_file(text in "(bytes=)?[0-9,\\- ]{0,40}", total in any::<u64>()) {
            let ranges = match Ranges::parse(&text, total) {
                Ranges::One(range) => vec![range],
                Ranges::Many(ranges) => ranges,
                Ranges::Whole | Ranges::Outside => Vec::new(),
            };
            for range in ranges {
                prop_assert!(range.length > 0);
                prop_assert!(range.start.checked_add(range.length).unwrap() <= total);
            }
        }
    }
}

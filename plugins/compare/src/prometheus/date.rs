//! The time that a response shows: its header field `date`.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads a date such as `Sun, 06 Nov 1994 08:49:37 GMT` as Unix seconds.
pub(super) fn unix_s(date: &str) -> Option<f64> {
    let mut words = date.split_once(", ")?.1.split(' ');
    let mut next = || words.next();
    let day: i64 = next()?.parse().ok()?;
    let month = next()?;
    let month = i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()?;
    let year: i64 = next()?.parse().ok()?;
    let mut time = next()?.splitn(3, ':').map(str::parse::<i64>);
    let mut part = || time.next()?.ok();
    let (hour, minute, second) = (part()?, part()?, part()?);
    // Years begin in March here, so that the day that leap years have more is their last.
    let (year, month) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    #[expect(
        clippy::cast_precision_loss,
        reason = "far below the 53 bits of a float"
    )]
    Some(seconds as f64)
}

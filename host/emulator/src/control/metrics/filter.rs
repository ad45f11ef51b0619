//! Which series are meant: `revisionName eq 'a' or revisionName eq 'b' and statusCodeCategory eq '*'`.
//! `or` stands between values of one dimension only and binds tighter than `and`; `*` means every
//! value, apart. The dimensions of the filter are those that the answer is split by.

use serde_json::{Value, json};

use crate::world::metered::Series;

/// A filter; the default one takes everything together.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Filter {
    clauses: Vec<Clause>,
}

/// One dimension, and its values that are taken.
#[derive(Debug, PartialEq)]
struct Clause {
    dimension: Dimension,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Revision,
    Class,
}

impl Filter {
    /// Reads a filter, or says what is wrong with it. Values that hold ` and ` or ` or ` are not
    /// understood; no revision and no class does.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let clauses: Result<Vec<Clause>, String> = text.split(" and ").map(Clause::parse).collect();
        let clauses = clauses?;
        for (index, clause) in clauses.iter().enumerate() {
            let same = |other: &Clause| other.dimension == clause.dimension;
            if clauses[..index].iter().any(same) {
                let name = clause.dimension.name();
                return Err(format!("the filter names {name} in two places"));
            }
        }
        Ok(Self { clauses })
    }

    /// Says whether a series is meant.
    pub(super) fn takes(&self, series: &Series) -> bool {
        self.clauses.iter().all(|clause| clause.takes(series))
    }

    /// Returns what tells this series from others of the answer.
    pub(super) fn values<'a>(&self, series: &'a Series) -> Vec<&'a str> {
        let clauses = self.clauses.iter();
        clauses.map(|clause| clause.dimension.of(series)).collect()
    }

    /// Renders that. The service answers names in lower case, however they were asked for.
    pub(super) fn metadata(&self, values: &[&str]) -> Vec<Value> {
        let pairs = self.clauses.iter().zip(values);
        let shown = pairs.map(|(clause, value)| {
            let name = clause.dimension.name().to_ascii_lowercase();
            json!({"name": {"value": name, "localizedValue": name}, "value": value})
        });
        shown.collect()
    }
}

impl Clause {
    fn parse(text: &str) -> Result<Self, String> {
        let terms: Result<Vec<_>, String> = text.split(" or ").map(term).collect();
        let terms = terms?;
        let dimension = terms[0].0;
        if terms.iter().any(|(other, _)| *other != dimension) {
            return Err(format!(
                "`or` cannot separate two different dimensions in '{text}'"
            ));
        }
        Ok(Self {
            dimension,
            values: terms.into_iter().map(|(_, value)| value).collect(),
        })
    }

    fn takes(&self, series: &Series) -> bool {
        let value = self.dimension.of(series);
        let mut taken = self.values.iter();
        taken.any(|taken| taken == "*" || taken.eq_ignore_ascii_case(value))
    }
}

fn term(text: &str) -> Result<(Dimension, String), String> {
    let malformed = || format!("'{text}' is not like name eq 'value'");
    let (name, value) = text.trim().split_once(" eq ").ok_or_else(malformed)?;
    let value = value
        .trim()
        .strip_prefix('\'')
        .and_then(|value| value.strip_suffix('\''));
    let value = value.ok_or_else(malformed)?.replace("''", "'");
    Ok((Dimension::parse(name.trim())?, value))
}

impl Dimension {
    fn parse(name: &str) -> Result<Self, String> {
        let known = [Self::Revision, Self::Class];
        let found = known
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            format!(
                "Metric: Requests does not support requested dimension combination: {name}, \
                 supported ones are: revisionName,statusCodeCategory"
            )
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Revision => "revisionName",
            Self::Class => "statusCodeCategory",
        }
    }

    fn of(self, series: &Series) -> &str {
        match self {
            Self::Revision => &series.revision,
            Self::Class => &series.class,
        }
    }
}

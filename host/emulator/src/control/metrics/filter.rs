//! The filter of a metrics query:
//!
//! `revisionName eq 'a' or revisionName eq 'b' and statusCodeCategory eq '*'`
//!
//! `or` combines values of one dimension only, and binds tighter than `and`; `*` matches every
//! value. The reply has one series for each combination of values of the filter's dimensions.

use serde_json::{Value, json};

use crate::world::meter::Series;

/// A filter. The default one matches everything, as one series.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Filter {
    clauses: Vec<Clause>,
}

/// One dimension and the values of it that match.
#[derive(Debug, PartialEq)]
struct Clause {
    dimension: Dimension,
    values: Vec<String>,
}

/// One comparison of a clause.
struct Term {
    dimension: Dimension,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Revision,
    Class,
}

impl Filter {
    /// Reads a filter, or describes its mistake. Values must not contain ` and ` or ` or `, which
    /// no revision name and no status class does.
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

    /// Returns whether the filter selects a series.
    pub(super) fn matches(&self, series: &Series) -> bool {
        self.clauses.iter().all(|clause| clause.matches(series))
    }

    /// Returns the series' values of the filter's dimensions, by which the reply is split.
    pub(super) fn values<'a>(&self, series: &'a Series) -> Vec<&'a str> {
        let clauses = self.clauses.iter();
        clauses.map(|clause| clause.dimension.of(series)).collect()
    }

    /// Renders these values. The service shows names in lower case, however the query spells them.
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
        let terms: Result<Vec<Term>, String> = text.split(" or ").map(Term::parse).collect();
        let terms = terms?;
        let dimension = terms[0].dimension;
        if terms.iter().any(|term| term.dimension != dimension) {
            return Err(format!(
                "`or` cannot separate two different dimensions in '{text}'"
            ));
        }
        Ok(Self {
            dimension,
            values: terms.into_iter().map(|term| term.value).collect(),
        })
    }

    fn matches(&self, series: &Series) -> bool {
        let value = self.dimension.of(series);
        let mut wanted = self.values.iter();
        wanted.any(|wanted| wanted == "*" || wanted.eq_ignore_ascii_case(value))
    }
}

impl Term {
    fn parse(text: &str) -> Result<Self, String> {
        let malformed = || format!("'{text}' is not like name eq 'value'");
        let (name, value) = text.trim().split_once(" eq ").ok_or_else(malformed)?;
        let value = value
            .trim()
            .strip_prefix('\'')
            .and_then(|value| value.strip_suffix('\''));
        let value = value.ok_or_else(malformed)?.replace("''", "'");
        Ok(Self {
            dimension: Dimension::parse(name.trim())?,
            value,
        })
    }
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

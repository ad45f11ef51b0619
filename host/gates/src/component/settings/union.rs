//! Which branch of a union somebody meant, by what is wrong with each of them.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, paths::Location};
use serde_json::Value;

/// What can be said about a value that fits no branch.
pub(super) enum Meant<'e, 'i> {
    /// One branch is of the right kind: what is wrong with it is what is wrong.
    Branch(&'e [ValidationError<'i>]),
    /// A key, at this place, says which branch it is, and has none of the values that do.
    Tag(String, Vec<Value>),
    /// One of these branches, by index.
    OneOf(Vec<usize>),
}

/// Finds it out. `branches` are the mistakes of each.
pub(super) fn meant<'e, 'i>(
    value: &Value,
    at: &Location,
    branches: &'e [Vec<ValidationError<'i>>],
) -> Meant<'e, 'i> {
    let all = 0..branches.len();
    // What is wrong with a plain value is said of all branches at once.
    if !value.is_object() && !value.is_array() {
        return Meant::OneOf(all.collect());
    }
    let of_its_kind = |errors: &Vec<ValidationError<'i>>| {
        !errors.iter().any(|error| is_of_another_kind(error, at))
    };
    let kind: Vec<usize> = indices(branches, of_its_kind);
    let tagged: Vec<Option<(String, Vec<Value>)>> = kind
        .iter()
        .map(|index| {
            branches[*index]
                .iter()
                .find_map(|error| wrong_tag(error, at))
        })
        .collect();
    let right: Vec<usize> = kind
        .iter()
        .zip(&tagged)
        .filter_map(|(index, tag)| tag.is_none().then_some(*index))
        .collect();
    if let [index] = right[..] {
        return Meant::Branch(&branches[index]);
    }
    let tags: Vec<&(String, Vec<Value>)> = tagged.iter().flatten().collect();
    if let Some((first, _)) = tags.first()
        && right.is_empty()
        && tags.iter().all(|(place, _)| place == first)
    {
        let values = tags.iter().flat_map(|(_, values)| values.clone());
        return Meant::Tag(first.clone(), values.collect());
    }
    let meant = [right, kind, all.collect()].into_iter();
    let meant = meant.into_iter().find(|meant| !meant.is_empty());
    Meant::OneOf(meant.unwrap_or_default())
}

fn indices<T>(items: &[T], is_wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    let found = items.iter().enumerate().filter(|(_, item)| is_wanted(item));
    found.map(|(index, _)| index).collect()
}

/// Returns whether the value as a whole is of another kind than a branch wants.
fn is_of_another_kind(error: &ValidationError<'_>, at: &Location) -> bool {
    if error.instance_path().as_str() != at.as_str() {
        return false;
    }
    match error.kind() {
        ValidationErrorKind::Type { .. }
        | ValidationErrorKind::Constant { .. }
        | ValidationErrorKind::Enum { .. }
        | ValidationErrorKind::FalseSchema => true,
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let mut branches = context.iter();
            branches.all(|errors| errors.iter().any(|error| is_of_another_kind(error, at)))
        }
        _ => false,
    }
}

/// Returns the key that tells the branches apart, and the values that it has in this one.
fn wrong_tag(error: &ValidationError<'_>, at: &Location) -> Option<(String, Vec<Value>)> {
    let place = error.instance_path().as_str();
    let key = place.strip_prefix(at.as_str())?.strip_prefix('/')?;
    if key.contains('/') {
        return None;
    }
    let values = match error.kind() {
        ValidationErrorKind::Constant { expected_value } => vec![(**expected_value).clone()],
        ValidationErrorKind::Enum { options } => options.as_array()?.clone(),
        _ => return None,
    };
    Some((place.to_owned(), values))
}

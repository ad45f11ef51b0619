//! The secrets of a run. More become known while it goes on: each token that is minted for a request.
//!
//! One set for all gates, so that what one of them is given is masked for every other.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use super::finder::Finder;
use super::secret::{Secret, SecretError};

/// Secrets by name. Clones share one set.
#[derive(Clone, Default)]
pub struct KnownSecrets(Arc<RwLock<Set>>);

/// A finder, and what it finds. Replaced as a whole.
#[derive(Clone, Default)]
struct Set {
    /// In the order of the finder.
    secrets: Arc<Vec<Secret>>,
    finder: Option<Arc<Finder>>,
}

impl fmt::Debug for KnownSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownSecrets").finish_non_exhaustive()
    }
}

impl KnownSecrets {
    /// Returns the set of these secrets.
    ///
    /// # Errors
    /// When they are too large to be searched for.
    pub fn new(secrets: Vec<Secret>) -> Result<KnownSecrets, SecretError> {
        Ok(KnownSecrets(Arc::new(RwLock::new(Set::of(secrets)?))))
    }

    /// Adds a secret, for all who share the set, unless it is known. It must be added before it is sent anywhere. None is taken
    /// away: a token lives for an hour or more, so a run of a day adds some dozens.
    ///
    /// # Errors
    /// When all together are too large to be searched for. Then nothing has changed.
    pub(crate) fn add(&self, secret: &Secret) -> Result<(), SecretError> {
        // Held while the finder is made, so that no other secret is lost which is added meanwhile.
        let mut set = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if set
            .secrets
            .iter()
            .any(|known| known.value() == secret.value())
        {
            return Ok(());
        }
        let more = set.secrets.iter().chain([secret]).cloned().collect();
        *set = Set::of(more)?;
        Ok(())
    }

    /// Returns whether there is nothing to find.
    pub(super) fn is_empty(&self) -> bool {
        self.finder().is_none()
    }

    /// Returns the most bytes that a secret takes in a text.
    pub(super) fn reach(&self) -> usize {
        self.finder().map_or(0, |finder| finder.reach())
    }

    /// Returns the parts of a text that are secrets, in order; none overlaps another.
    pub(super) fn parts(&self, text: &[u8]) -> Vec<Range<usize>> {
        let finder = self.finder();
        finder.map(|finder| finder.parts(text)).unwrap_or_default()
    }

    /// Returns the name of a secret that the text holds.
    pub(super) fn name_in(&self, text: &[u8]) -> Option<String> {
        let Set { secrets, finder } = self.set();
        let found = finder?.secret_in(text)?;
        secrets.get(found).map(|secret| secret.name.clone())
    }

    /// Returns the finder of this moment. A search takes long and holds no lock.
    fn finder(&self) -> Option<Arc<Finder>> {
        self.set().finder
    }

    fn set(&self) -> Set {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Set {
    fn of(secrets: Vec<Secret>) -> Result<Set, SecretError> {
        if secrets.is_empty() {
            return Ok(Set::default());
        }
        let values: Vec<&[u8]> = secrets
            .iter()
            .map(|secret| secret.value().as_bytes())
            .collect();
        let finder = Finder::new(&values);
        let finder = finder.map_err(|error| SecretError::TooLarge(error.to_string()))?;
        Ok(Set {
            secrets: Arc::new(secrets),
            finder: Some(Arc::new(finder)),
        })
    }
}

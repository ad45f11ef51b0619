//! Tokens from a variable, from `az`, and how long they are cached.

use std::time::Duration;

use super::kind::token_in_variable;
use super::*;
use crate::time::unix_now;

/// No credential of these tests sends a request.
fn http() -> reqwest::Client {
    reqwest::Client::new()
}

fn az() -> Credential {
    Credential::AzCli {
        program: concat!(env!("CARGO_MANIFEST_DIR"), "/src/credential/az.sh").to_owned(),
    }
}

/// Returns the scope that lets the `az` of these tests do this.
fn scope(host: &str) -> TokenScope {
    TokenScope::of_host(host)
}

fn token(secret: &str, expires: Option<u64>) -> Token {
    Token::new(secret.to_owned(), expires)
}

async fn refused(credential: Credential, host: &str) -> CredentialError {
    credential.fetch(&http(), &scope(host)).await.unwrap_err()
}

#[tokio::test]
async fn variable_holds_the_token() {
    // Cargo sets this one for every test.
    let credential = Credential::Variable {
        name: "CARGO_PKG_NAME".to_owned(),
    };
    let token = credential
        .fetch(&http(), &scope("lasting"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(token.bearer(), "Bearer azure");
    assert_eq!(token.expires, None);
}

#[test]
fn line_break_at_the_end_of_a_variable_is_not_part_of_the_token() {
    let read = token_in_variable("TOKEN", Some("abc.def\n".to_owned()));
    assert_eq!(read, Ok(token("abc.def", None)));
}

#[tokio::test]
async fn missing_variable_is_named_with_the_value_to_set() {
    let name = "LOCKGATE_NO_SUCH_VARIABLE".to_owned();
    let error = refused(Credential::Variable { name: name.clone() }, "lasting").await;
    assert_eq!(error, CredentialError::NotSet { name });
    assert!(
        error.to_string().contains("az account get-access-token"),
        "{error}"
    );
    let empty = token_in_variable("TOKEN", Some(" \n".to_owned()));
    assert!(matches!(empty, Err(CredentialError::NotSet { .. })));
}

#[test]
fn variable_that_is_not_a_bare_token_is_refused_without_showing_it() {
    for value in ["Bearer secret", "sec\nret", "secrét"] {
        let error = token_in_variable("TOKEN", Some(value.to_owned())).unwrap_err();
        assert!(
            matches!(error, CredentialError::NotAToken { .. }),
            "{value}"
        );
        assert!(!error.to_string().contains("sec"), "{error}");
    }
}

#[test]
fn token_is_hidden_when_it_is_printed() {
    let shown = format!("{:?}", token("secret", Some(1)));
    assert!(!shown.contains("secret"), "{shown}");
}

#[cfg(unix)]
#[tokio::test]
async fn az_returns_a_token_with_its_expiry() {
    let token = az()
        .fetch(&http(), &scope("lasting"))
        .await
        .unwrap()
        .unwrap();
    assert!(token.bearer().starts_with("Bearer token-"));
    assert_eq!(token.expires, Some(4_102_444_800));
    // Older versions print local time without a zone; this allows for every zone.
    let token = az()
        .fetch(&http(), &scope("old-az"))
        .await
        .unwrap()
        .unwrap();
    let noon = 4_102_444_800 + 12 * 3_600;
    assert!(token.expires.unwrap().abs_diff(noon) <= 14 * 3_600);
}

#[cfg(unix)]
#[tokio::test]
async fn az_without_a_login_names_the_command_to_run() {
    for resource in ["logged-out", "assertion"] {
        let error = refused(az(), resource).await;
        assert!(
            matches!(error, CredentialError::AzLoggedOut { .. }),
            "{error}"
        );
        assert!(error.to_string().ends_with("run `az login`"), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn az_that_fails_is_quoted() {
    let error = refused(az(), "broken").await.to_string();
    assert!(error.contains("ERROR: The command failed"), "{error}");
    let error = refused(az(), "garbled").await.to_string();
    assert!(error.contains("line 1"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[tokio::test]
async fn missing_az_is_reported_as_missing() {
    let program = "no-such-az".to_owned();
    let absent = Credential::AzCli {
        program: program.clone(),
    };
    let error = refused(absent, "lasting").await;
    assert_eq!(error, CredentialError::AzAbsent { program });
}

/// Returns a token past half of its life, with this many seconds left.
fn worn(secret: &str, left: u64) -> Token {
    let mut token = token(secret, Some(unix_now() + left));
    token.fetched = unix_now() - 10 * left.max(60);
    token
}

/// Returns a cache that holds this token and cannot fetch another.
fn with_only(token: Token) -> TokenCache {
    let credential = Credential::Variable {
        name: "LOCKGATE_NO_SUCH_VARIABLE".to_owned(),
    };
    let cache = TokenCache::new(credential, scope("lasting"), http());
    cache.cached().latest = Some(token);
    cache
}

#[cfg(unix)]
#[tokio::test]
async fn token_is_reused_for_half_of_its_life_and_then_renewed() {
    let cache = TokenCache::new(az(), scope("lasting"), http());
    let first = cache.current(TokenUse::Ordinary).await.unwrap();
    assert_eq!(cache.current(TokenUse::Ordinary).await.unwrap(), first);
    cache.cached().latest = Some(worn("old", 3_600));
    let fresh = cache.current(TokenUse::Ordinary).await.unwrap().unwrap();
    assert_ne!(fresh.bearer(), "Bearer old");
}

#[tokio::test]
async fn token_that_still_works_is_used_when_no_new_one_can_be_fetched() {
    let cache = with_only(worn("old", 200));
    for purpose in [TokenUse::Ordinary, TokenUse::Rollback] {
        let cached = cache.current(purpose).await.unwrap().unwrap();
        assert_eq!(cached.bearer(), "Bearer old");
    }
    let error = with_only(worn("old", 0))
        .current(TokenUse::Ordinary)
        .await
        .unwrap_err();
    assert!(matches!(error, CredentialError::NotSet { .. }));
}

#[tokio::test]
async fn rollback_does_not_wait_for_a_new_token_while_one_works() {
    let cache = with_only(worn("old", 200));
    // Another request is fetching and never finishes.
    let _fetching = cache.fetching.lock().await;
    for purpose in [TokenUse::Rollback, TokenUse::Ordinary] {
        let cached = cache.current(purpose).await.unwrap().unwrap();
        assert_eq!(cached.bearer(), "Bearer old");
    }
}

#[tokio::test]
async fn rollback_takes_the_token_that_lives_longest() {
    let cache = with_only(token("young", Some(unix_now() + 100)));
    cache.cached().previous = Some(token("long", Some(unix_now() + 900)));
    let token = cache.current(TokenUse::Rollback).await.unwrap().unwrap();
    assert_eq!(token.bearer(), "Bearer long");
}

#[cfg(unix)]
#[tokio::test]
async fn refused_token_is_renewed_once_for_all_requests_that_used_it() {
    let cache = TokenCache::new(az(), scope("lasting"), http());
    let refused = cache.current(TokenUse::Ordinary).await.unwrap();
    let fresh = cache.renewed(refused.as_ref()).await.unwrap();
    assert_ne!(fresh, refused);
    // A second request that was refused with the old token gets the new one, not a third.
    assert_eq!(cache.renewed(refused.as_ref()).await.unwrap(), fresh);
}

#[tokio::test]
async fn refused_token_is_replaced_by_the_previous_one_when_no_new_one_can_be_fetched() {
    let latest = token("latest", Some(unix_now() + 900));
    let cache = with_only(latest.clone());
    assert!(cache.renewed(Some(&latest)).await.is_err());
    cache.cached().previous = Some(token("previous", Some(unix_now() + 300)));
    let other = cache.renewed(Some(&latest)).await.unwrap().unwrap();
    assert_eq!(other.bearer(), "Bearer previous");
}

#[tokio::test]
async fn token_of_a_variable_cannot_be_replaced() {
    let credential = Credential::Variable {
        name: "CARGO_PKG_NAME".to_owned(),
    };
    let cache = TokenCache::new(credential, scope("lasting"), http());
    let token = cache.current(TokenUse::Ordinary).await.unwrap();
    assert_eq!(cache.renewed(token.as_ref()).await.unwrap(), None);
    assert_eq!(cache.lasts(Duration::from_secs(60)).await.unwrap(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn token_that_does_not_last_is_renewed_where_possible() {
    let needed = Duration::from_secs(1_800);
    let cache = TokenCache::new(az(), scope("lasting"), http());
    cache.cached().latest = Some(token("old", Some(unix_now() + 100)));
    assert!(cache.lasts(needed).await.unwrap().unwrap() > needed);
    let left = with_only(token("old", Some(unix_now() + 100)))
        .lasts(needed)
        .await;
    assert!(left.unwrap().unwrap() <= Duration::from_secs(100));
}

//! Tokens from a variable, from `az`, and how long they are kept.

use std::time::Duration;

use super::*;

/// No credential of these tests asks anybody over HTTP.
fn http() -> reqwest::Client {
    reqwest::Client::new()
}

fn az(resource: &str) -> Credential {
    Credential::AzCli {
        program: concat!(env!("CARGO_MANIFEST_DIR"), "/src/credential/az.sh").to_owned(),
        resource: resource.to_owned(),
    }
}

fn token(secret: &str, expires: Option<u64>) -> Token {
    Token::new(secret.to_owned(), expires)
}

async fn refused(credential: Credential) -> CredentialError {
    credential.fetch(&http()).await.unwrap_err()
}

#[tokio::test]
async fn variable_holds_the_token() {
    // Cargo sets this one for every test.
    let credential = Credential::Variable {
        name: "CARGO_PKG_NAME".to_owned(),
    };
    let token = credential.fetch(&http()).await.unwrap().unwrap();
    assert_eq!(token.bearer(), "Bearer azure");
    assert_eq!(token.expires, None);
}

#[test]
fn line_break_at_the_end_of_a_variable_is_no_part_of_the_token() {
    let read = token_in_variable("TOKEN", Some("abc.def\n".to_owned()));
    assert_eq!(read, Ok(token("abc.def", None)));
}

#[tokio::test]
async fn missing_variable_is_named_with_what_to_put_there() {
    let name = "LOCKGATE_NO_SUCH_VARIABLE".to_owned();
    let error = refused(Credential::Variable { name: name.clone() }).await;
    assert_eq!(error, CredentialError::NotSet { name });
    assert!(
        error.to_string().contains("az account get-access-token"),
        "{error}"
    );
    let empty = token_in_variable("TOKEN", Some(" \n".to_owned()));
    assert!(matches!(empty, Err(CredentialError::NotSet { .. })));
}

#[test]
fn variable_with_more_than_a_token_is_refused_without_showing_it() {
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
async fn az_gives_a_token_with_its_end() {
    let token = az("lasting").fetch(&http()).await.unwrap().unwrap();
    assert!(token.bearer().starts_with("Bearer token-"));
    assert_eq!(token.expires, Some(4_102_444_800));
    // Older versions give local time without a zone: the day is right in every zone.
    let token = az("old-az").fetch(&http()).await.unwrap().unwrap();
    let noon = 4_102_444_800 + 12 * 3_600;
    assert!(token.expires.unwrap().abs_diff(noon) <= 14 * 3_600);
}

#[cfg(unix)]
#[tokio::test]
async fn az_without_a_login_says_what_to_type() {
    for resource in ["logged-out", "assertion"] {
        let error = refused(az(resource)).await;
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
    let error = refused(az("broken")).await.to_string();
    assert!(error.contains("ERROR: The command failed"), "{error}");
    let error = refused(az("garbled")).await.to_string();
    assert!(error.contains("line 1"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[tokio::test]
async fn missing_az_is_told_apart() {
    let program = "no-such-az".to_owned();
    let error = refused(Credential::AzCli {
        program: program.clone(),
        resource: String::new(),
    })
    .await;
    assert_eq!(error, CredentialError::AzAbsent { program });
}

/// A token that was fetched half a life ago or more.
fn worn(secret: &str, left: u64) -> Token {
    let mut token = token(secret, Some(unix_now() + left));
    token.fetched = unix_now() - 10 * left.max(60);
    token
}

/// A source that keeps this token and cannot get another.
fn exhausted(token: Token) -> TokenSource {
    let credential = Credential::Variable {
        name: "LOCKGATE_NO_SUCH_VARIABLE".to_owned(),
    };
    let source = TokenSource::new(credential, http());
    source.kept().latest = Some(token);
    source
}

#[cfg(unix)]
#[tokio::test]
async fn token_is_kept_for_half_of_its_life_and_replaced_after() {
    let source = TokenSource::new(az("lasting"), http());
    let first = source.current(Use::Ordinary).await.unwrap();
    assert_eq!(source.current(Use::Ordinary).await.unwrap(), first);
    source.kept().latest = Some(worn("old", 3_600));
    let fresh = source.current(Use::Ordinary).await.unwrap().unwrap();
    assert_ne!(fresh.bearer(), "Bearer old");
}

#[tokio::test]
async fn token_that_still_works_outlives_a_failed_refresh() {
    let source = exhausted(worn("old", 200));
    for what_for in [Use::Ordinary, Use::Rollback] {
        let kept = source.current(what_for).await.unwrap().unwrap();
        assert_eq!(kept.bearer(), "Bearer old");
    }
    let error = exhausted(worn("old", 0))
        .current(Use::Ordinary)
        .await
        .unwrap_err();
    assert!(matches!(error, CredentialError::NotSet { .. }));
}

#[tokio::test]
async fn rollback_waits_for_no_fresh_token_while_one_works() {
    let source = exhausted(worn("old", 200));
    // Somebody is fetching, and does not come back.
    let _fetching = source.fetching.lock().await;
    for what_for in [Use::Rollback, Use::Ordinary] {
        let kept = source.current(what_for).await.unwrap().unwrap();
        assert_eq!(kept.bearer(), "Bearer old");
    }
}

#[tokio::test]
async fn rollback_takes_the_token_that_lives_longest() {
    let source = exhausted(token("young", Some(unix_now() + 100)));
    source.kept().before = Some(token("long", Some(unix_now() + 900)));
    let token = source.current(Use::Rollback).await.unwrap().unwrap();
    assert_eq!(token.bearer(), "Bearer long");
}

#[cfg(unix)]
#[tokio::test]
async fn refused_token_is_replaced_once_for_all_who_used_it() {
    let source = TokenSource::new(az("lasting"), http());
    let refused = source.current(Use::Ordinary).await.unwrap();
    let fresh = source.renewed(refused.as_ref()).await.unwrap();
    assert_ne!(fresh, refused);
    // The second who was refused with the old token gets the fresh one, not a third.
    assert_eq!(source.renewed(refused.as_ref()).await.unwrap(), fresh);
}

#[tokio::test]
async fn refused_token_is_replaced_by_the_one_before_when_there_is_no_fresh_one() {
    let latest = token("latest", Some(unix_now() + 900));
    let source = exhausted(latest.clone());
    assert!(source.renewed(Some(&latest)).await.is_err());
    source.kept().before = Some(token("before", Some(unix_now() + 300)));
    let other = source.renewed(Some(&latest)).await.unwrap().unwrap();
    assert_eq!(other.bearer(), "Bearer before");
}

#[tokio::test]
async fn token_of_a_variable_cannot_be_replaced() {
    let credential = Credential::Variable {
        name: "CARGO_PKG_NAME".to_owned(),
    };
    let source = TokenSource::new(credential, http());
    let token = source.current(Use::Ordinary).await.unwrap();
    assert_eq!(source.renewed(token.as_ref()).await.unwrap(), None);
    assert_eq!(source.lasts(Duration::from_secs(60)).await.unwrap(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn token_that_does_not_last_is_replaced_where_that_is_possible() {
    let needed = Duration::from_secs(1_800);
    let source = TokenSource::new(az("lasting"), http());
    source.kept().latest = Some(token("old", Some(unix_now() + 100)));
    assert!(source.lasts(needed).await.unwrap().unwrap() > needed);
    let left = exhausted(token("old", Some(unix_now() + 100)))
        .lasts(needed)
        .await;
    assert!(left.unwrap().unwrap() <= Duration::from_secs(100));
}

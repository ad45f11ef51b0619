//! Tokens from a variable, from `az`, and how long they are kept.

use super::*;

fn az(resource: &str) -> Credential {
    Credential::AzCli {
        program: concat!(env!("CARGO_MANIFEST_DIR"), "/src/credential/az.sh").to_owned(),
        resource: resource.to_owned(),
    }
}

fn token(secret: &str, expires: Option<u64>) -> Token {
    Token {
        secret: secret.to_owned(),
        expires,
    }
}

async fn refused(credential: Credential) -> CredentialError {
    credential.fetch().await.unwrap_err()
}

#[tokio::test]
async fn variable_holds_the_token() {
    // Cargo sets this one for every test.
    let credential = Credential::Variable {
        name: "CARGO_PKG_NAME".to_owned(),
    };
    let token = credential.fetch().await.unwrap().unwrap();
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
    let token = az("lasting").fetch().await.unwrap().unwrap();
    assert!(token.bearer().starts_with("Bearer token-"));
    assert_eq!(token.expires, Some(4_102_444_800));
    // Older versions give local time without a zone: the day is right in every zone.
    let token = az("old-az").fetch().await.unwrap().unwrap();
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

#[cfg(unix)]
#[tokio::test]
async fn token_is_kept_while_it_has_life_and_replaced_after() {
    let lasting = TokenSource::new(az("lasting"));
    let first = lasting.current(300).await.unwrap();
    assert_eq!(lasting.current(300).await.unwrap(), first);
    assert_eq!(lasting.expiry(300).await.unwrap(), Some(4_102_444_800));
    let ending = TokenSource::new(az("ending"));
    let first = ending.current(300).await.unwrap();
    assert_ne!(ending.current(300).await.unwrap(), first);
}

#[tokio::test]
async fn token_that_still_works_outlives_a_failed_refresh() {
    let source = |left: u64| TokenSource {
        credential: Credential::Variable {
            name: "LOCKGATE_NO_SUCH_VARIABLE".to_owned(),
        },
        kept: Mutex::new(Some(token("old", Some(unix_now() + left)))),
    };
    let kept = source(200).current(300).await.unwrap().unwrap();
    assert_eq!(kept.bearer(), "Bearer old");
    let error = source(0).current(300).await.unwrap_err();
    assert!(matches!(error, CredentialError::NotSet { .. }));
}

#[cfg(unix)]
#[tokio::test]
async fn refused_token_is_replaced_once_for_all_who_used_it() {
    let source = TokenSource::new(az("lasting"));
    let refused = source.current(300).await.unwrap();
    let fresh = source.renewed(refused.as_ref()).await.unwrap();
    assert_ne!(fresh, refused);
    // The second who was refused with the old token gets the fresh one, not a third.
    assert_eq!(source.renewed(refused.as_ref()).await.unwrap(), fresh);
}

#[tokio::test]
async fn token_of_a_variable_cannot_be_replaced() {
    let source = TokenSource::new(Credential::Variable {
        name: "CARGO_PKG_NAME".to_owned(),
    });
    let token = source.current(300).await.unwrap();
    assert_eq!(source.renewed(token.as_ref()).await.unwrap(), None);
}

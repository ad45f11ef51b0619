//! Which requests are repeated, what their errors say, and where tokens are not sent.

mod rollback;

use rollout::ports::WriteOutcome;
use serde_json::{Value, json};

use super::*;
use crate::credential::Credential;
use crate::scripted::{
    ReceivedRequest, ScriptedReply, ScriptedServer, app_id, long_budgets, refusal, reply,
    short_budgets,
};
use crate::{Endpoint, EndpointError};

async fn read(server: &ScriptedServer) -> Result<Value, ArmError> {
    read_with(server, Credential::Anonymous).await
}

async fn read_with(server: &ScriptedServer, credential: Credential) -> Result<Value, ArmError> {
    let connection = server.connection(credential);
    connection
        .read(&connection.call(&app_id(), &[], Subject::App))
        .await
}

async fn write(server: &ScriptedServer) -> WriteOutcome {
    write_with(server, short_budgets()).await
}

async fn write_with(server: &ScriptedServer, policy: RetryPolicy) -> WriteOutcome {
    let connection = server.connection_with(Credential::Anonymous, policy);
    let call = connection.call(&app_id(), &[], Subject::Traffic);
    match connection.write(&call, &json!({})).await {
        Err(error) => error.into_outcome(std::time::Duration::from_secs(120)),
        Ok(ending) => panic!("the write was accepted: {ending:?}"),
    }
}

/// Cargo sets this variable for every test; its value is the token.
fn token() -> Credential {
    Credential::Variable {
        name: "CARGO_PKG_NAME".to_owned(),
    }
}

/// Answers with each reply once, then with an empty document.
async fn server(replies: Vec<ScriptedReply>) -> ScriptedServer {
    ScriptedServer::start(move |request: &ReceivedRequest| {
        let next = replies.get(request.earlier).cloned();
        next.unwrap_or_else(|| reply(200, &json!({})))
    })
    .await
}

fn wait(seconds: &str) -> ScriptedReply {
    let headers = vec![("retry-after", seconds.to_owned())];
    ScriptedReply::Full(429, headers, json!({"code": "TooManyRequests"}).to_string())
}

#[tokio::test]
async fn request_names_the_program_the_token_and_the_api_version() {
    let server = server(Vec::new()).await;
    read_with(&server, token()).await.unwrap();
    let request = server.requests().remove(0);
    assert_eq!(
        request.target,
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/group/providers/\
         Microsoft.App/containerApps/web?api-version=2025-07-01"
    );
    let agent = concat!("lockgate/", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent));
    assert_eq!(request.header("authorization"), Some("Bearer azure"));
}

#[tokio::test]
async fn request_without_a_credential_carries_no_token() {
    let server = server(Vec::new()).await;
    read(&server).await.unwrap();
    assert_eq!(server.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn read_is_repeated_after_a_failure_that_may_pass() {
    let passing = vec![
        ScriptedReply::HangUp,
        ScriptedReply::Half(json!({"tags": {"a": "b"}}).to_string()),
        refusal(500, "InternalServerError"),
        ScriptedReply::Full(502, Vec::new(), "<html>bad gateway</html>".to_owned()),
        refusal(503, "Busy"),
        refusal(504, "GatewayTimeout"),
        wait("0"),
        ScriptedReply::Full(200, Vec::new(), "{\"tags\":".to_owned()),
    ];
    let times = passing.len() + 1;
    let server = server(passing).await;
    let connection = server.connection_with(Credential::Anonymous, long_budgets());
    let call = connection.call(&app_id(), &[], Subject::App);
    connection.read::<Value>(&call).await.unwrap();
    assert_eq!(server.count("GET", "/web"), times);
}

#[tokio::test]
async fn read_that_never_works_ends_with_the_last_error() {
    let server = ScriptedServer::start(|_| refusal(503, "Busy")).await;
    let error = read(&server).await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert!(server.count("GET", "/web") > 1);
}

#[tokio::test]
async fn read_is_not_repeated_after_a_refusal() {
    for status in [400, 401, 403, 404, 409, 302] {
        let server = ScriptedServer::start(move |_| refusal(status, "No")).await;
        let error = read(&server).await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert_eq!(server.count("GET", "/web"), 1, "{status}");
    }
}

#[tokio::test]
async fn pause_that_the_service_asks_for_is_not_cut_short() {
    let server = server(vec![wait("3600")]).await;
    let error = read(&server).await.unwrap_err().to_string();
    assert!(error.contains("429 TooManyRequests"), "{error}");
    assert!(
        error.ends_with("the service asks to wait 60 min"),
        "{error}"
    );
    assert_eq!(server.count("GET", "/web"), 1);
}

#[tokio::test]
async fn redirect_is_not_followed() {
    let target = server(Vec::new()).await;
    let elsewhere = target.base.clone();
    let server = ScriptedServer::start(move |_| {
        ScriptedReply::Full(307, vec![("location", elsewhere.clone())], String::new())
    })
    .await;
    let error = read_with(&server, token()).await.unwrap_err();
    assert!(
        error.to_string().contains("redirects are never followed"),
        "{error}"
    );
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn page_on_another_host_is_not_read() {
    let target = server(Vec::new()).await;
    let link = format!("{}/page/2", target.base);
    let server =
        ScriptedServer::start(move |_| reply(200, &json!({"value": [], "nextLink": link}))).await;
    let connection = server.connection(token());
    let call = connection.call(&app_id(), &["revisions"], Subject::Revisions);
    let error = connection.read_all::<Value>(call).await.unwrap_err();
    assert!(matches!(error, ArmError::ForeignHost { .. }), "{error}");
    assert!(target.requests().is_empty());
}

#[test]
fn connection_to_another_machine_in_plain_text_cannot_be_made() {
    let error = Endpoint::new("http://192.0.2.1").unwrap_err();
    assert!(matches!(error, EndpointError::PlainText { .. }));
}

#[cfg(unix)]
#[tokio::test]
async fn refused_token_is_replaced_once() {
    let az = Credential::AzCli {
        program: concat!(env!("CARGO_MANIFEST_DIR"), "/src/credential/az.sh").to_owned(),
    };
    let server = server(vec![refusal(401, "ExpiredAuthenticationToken")]).await;
    read_with(&server, az.clone()).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let sent = |i: usize| requests[i].header("authorization").unwrap();
    assert_ne!(sent(0), sent(1));

    let server = ScriptedServer::start(|_| refusal(401, "InvalidAuthenticationToken")).await;
    let error = read_with(&server, az).await.unwrap_err();
    assert!(error.to_string().contains("run `az login`"), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn token_that_cannot_be_replaced_is_not_sent_again() {
    let server = ScriptedServer::start(|_| refusal(401, "ExpiredAuthenticationToken")).await;
    let error = read_with(&server, token()).await.unwrap_err().to_string();
    assert!(error.contains("az account get-access-token"), "{error}");
    assert!(!error.contains("Bearer"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn errors_name_the_thing_the_reason_and_the_next_step() {
    let forbidden = "needs a role with Microsoft.App/containerApps/read on app web";
    for (status, code, step) in [
        (403, "AuthorizationFailed", forbidden),
        (
            404,
            "ResourceNotFound",
            "az containerapp list --subscription 00000000",
        ),
        (
            404,
            "ResourceGroupNotFound",
            "check the resource group: group",
        ),
        (
            404,
            "SubscriptionNotFound",
            "check the subscription: 00000000",
        ),
        (
            409,
            "ContainerAppOperationInProgress",
            "--query properties.provisioningState",
        ),
        (409, "ScopeLocked", "remove the lock"),
        (400, "BadRequest", "the API version"),
    ] {
        let body = json!({"error": {"code": code, "message": "That is why."}}).to_string();
        let headers = vec![("x-ms-request-id", "0f8c-1".to_owned())];
        let server = ScriptedServer::start(move |_| {
            ScriptedReply::Full(status, headers.clone(), body.clone())
        })
        .await;
        let error = read(&server).await.unwrap_err().to_string();
        let start =
            format!("reading the app: status {status} {code}: That is why (request 0f8c-1); ");
        let rest = error
            .strip_prefix(&start)
            .unwrap_or_else(|| panic!("{error}"));
        assert!(rest.contains(step), "{error}");
    }
}

#[tokio::test]
async fn error_bodies_of_every_form_are_read() {
    let long = "x".repeat(1_000);
    for (body, shown) in [
        (
            json!({"code": "Flat", "message": "as is"}).to_string(),
            "404 Flat: as is;",
        ),
        (
            json!({"error": {"code": "Nested"}}).to_string(),
            "404 Nested;",
        ),
        (
            json!({"error": {"code": null, "message": null}}).to_string(),
            "404;",
        ),
        (String::new(), "404;"),
        (
            "<html>\n\u{1b}[31mNot\u{7} here</html>".to_owned(),
            "404: <html> [31mNot here</html>;",
        ),
        (long.clone(), &format!("404: {}…;", &long[..200])),
        ("[1]".to_owned(), "404: [1];"),
    ] {
        let text = body.clone();
        let server =
            ScriptedServer::start(move |_| ScriptedReply::Full(404, Vec::new(), text.clone()))
                .await;
        let error = read(&server).await.unwrap_err().to_string();
        assert!(error.contains(shown), "{body} gave {error}");
    }
}

#[tokio::test]
async fn error_of_an_unreadable_document_names_the_position() {
    let server =
        ScriptedServer::start(|_| ScriptedReply::Full(200, Vec::new(), "{\"tags\":\n".to_owned()))
            .await;
    let error = read(&server).await.unwrap_err().to_string();
    assert!(
        error.contains("9 bytes, EOF while parsing a value at line 2"),
        "{error}"
    );
    let server =
        ScriptedServer::start(|_| ScriptedReply::Half("{\"tags\": null}".to_owned())).await;
    let error = read(&server).await.unwrap_err();
    assert!(matches!(error, ArmError::Lost { .. }), "{error}");
}

#[tokio::test]
async fn host_that_does_not_listen_is_named() {
    let gone = server(Vec::new())
        .await
        .base
        .replace("127.0.0.1", "127.0.0.2");
    let connection = Connection::new(
        Endpoint::new(&gone).unwrap(),
        Credential::Anonymous,
        short_budgets(),
    )
    .unwrap();
    let call = connection.call(&app_id(), &[], Subject::App);
    let error = connection.read::<Value>(&call).await.unwrap_err();
    assert!(matches!(error, ArmError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("127.0.0.2"), "{error}");
    // Nothing was sent, so nothing can have changed.
    let error = connection.write(&call, &json!({})).await.unwrap_err();
    let outcome = error.into_outcome(std::time::Duration::ZERO);
    assert!(
        matches!(outcome, WriteOutcome::NotNow { .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn write_whose_answer_is_lost_is_unknown_and_not_repeated() {
    for lost in [
        ScriptedReply::HangUp,
        ScriptedReply::Silence,
        refusal(500, "InternalServerError"),
        refusal(502, "BadGatewayConnection"),
        refusal(503, "ServiceUnavailable"),
        refusal(504, "GatewayTimeout"),
    ] {
        let shown = format!("{lost:?}");
        let server = server(vec![lost]).await;
        let outcome = write(&server).await;
        assert!(
            matches!(outcome, WriteOutcome::Unknown(_)),
            "{shown}: {outcome:?}"
        );
        assert_eq!(server.count("PATCH", "/web"), 1, "{shown}");
    }
}

#[tokio::test]
async fn write_that_is_refused_is_not_repeated() {
    for (status, code) in [
        (400, "BadRequest"),
        (401, "Expired"),
        (403, "AuthorizationFailed"),
        (404, "ResourceNotFound"),
        (409, "ScopeLocked"),
        (412, "PreconditionFailed"),
    ] {
        let server = ScriptedServer::start(move |_| refusal(status, code)).await;
        let outcome = write(&server).await;
        let WriteOutcome::Refused(reason) = outcome else {
            panic!("{status} gave {outcome:?}");
        };
        assert!(reason.contains(code), "{reason}");
        assert_eq!(server.count("PATCH", "/web"), 1, "{status}");
    }
}

#[tokio::test]
async fn write_that_is_not_taken_now_is_sent_once_and_says_so() {
    for code in [
        "ContainerAppOperationInProgress",
        "ContainerAppLockConflict",
        "ConflictingConcurrentWriteNotAllowed",
        "ManagedEnvironmentOperationInProgress",
    ] {
        let server = ScriptedServer::start(move |_| refusal(409, code)).await;
        let outcome = write(&server).await;
        assert!(
            matches!(outcome, WriteOutcome::NotNow { pause: None, .. }),
            "{outcome:?}"
        );
        assert_eq!(server.count("PATCH", "/web"), 1, "{code}");
    }
    let server = server(vec![wait("7")]).await;
    let WriteOutcome::NotNow { pause, .. } = write(&server).await else {
        panic!("429 was not taken for a refusal of the moment");
    };
    assert_eq!(pause, Some(std::time::Duration::from_secs(7)));
    assert_eq!(server.count("PATCH", "/web"), 1);
}

#[tokio::test]
async fn deployment_repeats_its_write_only_after_a_comparison() {
    let busy = || refusal(409, "ContainerAppOperationInProgress");
    for (is_unchanged, writes) in [(true, 3), (false, 1)] {
        let server = server(vec![busy(), busy()]).await;
        let connection = server.connection_with(Credential::Anonymous, long_budgets());
        let call = connection.call(&app_id(), &[], Subject::Traffic);
        let written = connection
            .write_comparing(&call, &json!({}), async || is_unchanged)
            .await;
        assert_eq!(written.is_ok(), is_unchanged);
        assert_eq!(server.count("PATCH", "/web"), writes);
    }
}

//! What gives traffic back has connections of its own, and does not wear out a service that asks for a pause.

use super::*;

async fn connection(server: &Server) -> Connection {
    server.connection_with(Credential::Anonymous, impatient())
}

fn traffic(connection: &Connection) -> crate::arm::call::Call {
    connection.call(&app_id(), &[], Subject::Traffic)
}

#[tokio::test]
async fn write_that_gives_traffic_back_uses_the_connection_that_was_kept_ready() {
    let server = server(Vec::new()).await;
    let connection = connection(&server).await;
    let app = || connection.call(&app_id(), &[], Subject::App);
    let _: Value = connection.read(&app()).await.unwrap();
    // What keeps it ready asks the same.
    let _: Value = connection.read(&app().urgent()).await.unwrap();
    let _ = connection
        .write(&traffic(&connection).urgent(), &json!({}))
        .await;
    let requests = server.requests();
    let write = requests.iter().find(|r| r.method == "PATCH").unwrap();
    assert_eq!(requests[0].connection, 0, "reads have their own");
    assert_eq!(requests[1].connection, 1);
    assert_eq!(
        write.connection, 1,
        "and the rollback its own, which is open"
    );
}

#[tokio::test]
async fn second_attempt_of_a_rollback_takes_another_connection() {
    let server = server(vec![wait("0"), wait("0")]).await;
    let connection = connection(&server).await;
    let written = connection
        .write(&traffic(&connection).urgent(), &json!({}))
        .await;
    assert!(written.is_ok(), "{written:?}");
    let used: Vec<usize> = server.requests().iter().map(|r| r.connection).collect();
    assert_eq!(used, [0, 1, 0]);
}

#[tokio::test]
async fn rollback_comes_back_no_sooner_than_it_was_asked_to_within_reason() {
    let server = server(vec![wait("3600")]).await;
    let connection = connection(&server).await;
    let begun = std::time::Instant::now();
    let call = traffic(&connection).urgent();
    let refused = connection.write(&call, &json!({})).await.unwrap_err();
    assert_eq!(refused.status(), Some(429));
    assert!(connection.write(&call, &json!({})).await.is_ok());
    // The longest pause that is respected, in the retry policy of these tests.
    assert!(begun.elapsed() >= impatient().asked_pause_max);
}

//! A rollback has connections of its own.

use super::*;

async fn connection(server: &ScriptedServer) -> Connection {
    server.connection_with(Credential::Anonymous, short_budgets())
}

fn traffic(connection: &Connection) -> call::Call {
    connection.call(&app_id(), &[], Subject::Traffic)
}

#[tokio::test]
async fn rollback_uses_the_connection_that_was_kept_ready() {
    let server = server(Vec::new()).await;
    let connection = connection(&server).await;
    let app = || connection.call(&app_id(), &[], Subject::App);
    let _: Value = connection.read(&app()).await.unwrap();
    // `stay_ready` sends this request.
    let _: Value = connection.read(&app().on_rollback_lane()).await.unwrap();
    let _ = connection
        .write(&traffic(&connection).on_rollback_lane(), &json!({}))
        .await;
    let requests = server.requests();
    let write = requests.iter().find(|r| r.method == "PATCH").unwrap();
    assert_eq!(
        requests[0].connection, 0,
        "reads have a connection of their own"
    );
    assert_eq!(requests[1].connection, 1);
    assert_eq!(
        write.connection, 1,
        "the rollback uses the connection that is open already"
    );
}

#[tokio::test]
async fn second_write_of_a_rollback_takes_another_connection() {
    let server = server(vec![wait("0"), wait("0")]).await;
    let connection = connection(&server).await;
    let call = traffic(&connection);
    for _ in 0..2 {
        let refused = connection.write_back(&call, &json!({})).await.unwrap_err();
        assert_eq!(refused.status(), Some(429));
    }
    assert!(connection.write_back(&call, &json!({})).await.is_ok());
    let used: Vec<usize> = server.requests().iter().map(|r| r.connection).collect();
    assert_eq!(used, [0, 1, 0]);
}

//! What an identity may do: actions that are denied are listed, and their calls refused.

use serde_json::json;

use super::*;

#[tokio::test]
async fn denied_actions_are_listed_and_their_calls_refused() {
    let denied = "Microsoft.App/containerApps/write";
    let bench = Bench::with(json!({"denied": [denied]})).await;
    let group = bench.group();
    let permissions = "/providers/Microsoft.Authorization/permissions";
    for path in [
        bench.path(permissions),
        format!("{group}{permissions}?api-version=2022-04-01"),
    ] {
        let (status, list) = bench.get(&path).await;
        assert_eq!(status, 200, "{list}");
        assert_eq!(list["value"][0]["notActions"], json!([denied]));
        assert_eq!(list["value"][0]["actions"], json!(["*"]));
    }
    let tags = json!({"tags": {"a": "b"}});
    let (status, refused) = read(bench.patch(&tags).await).await;
    assert_eq!(status, 403);
    assert_eq!(refused["error"]["code"], "AuthorizationFailed");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains(&format!("'{denied}'")), "{message}");
    assert!(bench.app().await.get("tags").is_none());
}

#[tokio::test]
async fn each_call_needs_the_action_of_its_role_definition() {
    for (action, method, rest) in [
        ("Microsoft.App/containerApps/read", Method::GET, ""),
        (
            "Microsoft.App/containerApps/revisions/read",
            Method::GET,
            "/revisions",
        ),
        (
            "*/replicas/read",
            Method::GET,
            "/revisions/shop--v1/replicas",
        ),
        (
            "Microsoft.App/containerApps/revisions/activate/action",
            Method::POST,
            "/revisions/shop--v1/activate",
        ),
        (
            "Microsoft.App/containerApps/listSecrets/action",
            Method::POST,
            "/listSecrets",
        ),
    ] {
        let denying = Bench::with(json!({"denied": [action]})).await;
        let (status, _) = denying
            .call(method.clone(), &denying.path(rest), None)
            .await;
        assert_eq!(status, 403, "{action}");
        let bench = Bench::demo().await;
        assert_eq!(
            bench.call(method, &bench.path(rest), None).await.0,
            200,
            "{rest}"
        );
    }
}

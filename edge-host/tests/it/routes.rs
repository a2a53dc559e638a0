//! Routing, headers, variables, and faults of the guest.

use super::support::client::get;
use super::support::host::Host;

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_sees_spins_headers_and_none_from_the_client() {
    let host = Host::alone(|_| {}).await;
    let forged = [("spin-client-addr", "forged"), ("spin-path-match-user", "forged"), ("x-own", "kept")];
    let answer = get(host.port, "/users/42/things/headers?q=1", &forged).await;
    // The guest's own routes stand under /guest: this path is none of them.
    assert_eq!(answer.status, 404);
    let answer = get(host.port, "/guest/headers?q=1", &forged).await;
    let text = answer.assert_ok().text();
    let port = host.port;
    for line in [
        "spin-base-path: /",
        "spin-component-route: /guest",
        "spin-matched-route: /guest/...",
        "spin-path-info: /headers",
        "spin-raw-component-route: /guest/...",
        "x-own: kept",
        &format!("spin-full-url: http://127.0.0.1:{port}/guest/headers?q=1"),
        &format!("uri: http://127.0.0.1:{port}/guest/headers?q=1"),
        "spin-client-addr: 127.0.0.1:",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(!text.contains("forged"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_request_id_and_the_guest_gets_it() {
    let host = Host::alone(|_| {}).await;
    let answer = get(host.port, "/guest/headers", &[("x-request-id", "client.id:1")]).await;
    assert_eq!(answer.header("x-request-id"), "client.id:1");
    assert!(answer.text().contains("x-request-id: client.id:1"));
    for (path, status) in [("/guest/headers", 200), ("/nowhere", 404), ("/fixed", 418), ("/guest/panic", 500)]
    {
        let answer = get(host.port, path, &[("x-request-id", "not sane!")]).await;
        assert_eq!(answer.status, status);
        assert!(answer.header("x-request-id").starts_with("req_"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_answers_its_own_routes() {
    let host = Host::alone(|_| {}).await;
    let health = get(host.port, "/.well-known/spin/health", &[]).await;
    assert_eq!((health.status.as_u16(), health.text().as_str()), (200, "OK"));
    assert_eq!(get(host.port, "/livez", &[]).await.text(), r#"{"status":"ok"}"#);
    let fixed = get(host.port, "/fixed", &[]).await;
    assert_eq!((fixed.status.as_u16(), fixed.header("x-pot")), (418, "tea"));
    assert_eq!(fixed.text(), "short and stout");
    let nowhere = get(host.port, "/nowhere", &[]).await;
    assert_eq!(
        nowhere.text(),
        r#"{"error":{"code":"not_found","message":"there is nothing at this path","details":{}}}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_reads_its_own_variables_only() {
    let host = Host::alone(|options| {
        options.variables.insert("greeting".into(), "good day".into());
    })
    .await;
    assert_eq!(host.get("/variable?name=phrase").await.text(), "good day, guest");
    let undeclared = host.get("/variable?name=greeting").await.text();
    assert!(undeclared.starts_with("error: Error::Undefined"), "{undeclared}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_serves_one_request_after_the_other() {
    let host = Host::alone(|_| {}).await;
    for count in 1..=5 {
        assert_eq!(host.get("/served").await.text(), count.to_string());
    }
    let host = Host::alone(|options| options.instances.max_reuse = 2).await;
    let mut counts = Vec::new();
    for _ in 0..4 {
        counts.push(host.get("/served").await.text());
    }
    assert_eq!(counts, ["1", "2", "1", "2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_guest_are_500_and_say_nothing() {
    let host = Host::alone(|_| {}).await;
    for path in ["/panic", "/fail", "/panic"] {
        let answer = host.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (500, "internal_error"), "{path}");
        assert!(!answer.text().contains("secret-detail"));
        host.get("/served").await.assert_ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_fails_the_requests_of_its_instance_and_no_later_ones() {
    let host = std::sync::Arc::new(Host::alone(|_| {}).await);
    for _ in 0..20 {
        let asked: Vec<_> = ["/panic", "/served", "/sleep?ms=1", "/served", "/panic", "/sleep?ms=5"]
            .into_iter()
            .map(|path| {
                let host = host.clone();
                tokio::spawn(async move { host.get(path).await.status })
            })
            .collect();
        for answer in asked {
            assert!([200, 500].contains(&answer.await.unwrap().as_u16()));
        }
        host.get("/served").await.assert_ok();
    }
}

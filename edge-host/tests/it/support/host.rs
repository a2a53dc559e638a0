//! edge-host in the test's own process.

use std::path::Path;
use std::sync::Arc;

use edge_host::metrics::Metrics;
use edge_host::{EdgeHost, Manifest, Options};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{client, guest};

pub struct Host {
    pub port: u16,
    metrics: Arc<Metrics>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<anyhow::Result<()>>,
}

/// A manifest whose component `guest` serves `/guest/...`, with these grants.
pub fn manifest(redis_url: &str, grants: &[&str]) -> Manifest {
    let text = format!(
        r#"
        spin_manifest_version = 2
        [application]
        name = "test"
        [variables]
        redis_url = {{ default = "{redis_url}" }}
        greeting = {{ default = "hello" }}
        [[trigger.http]]
        route = "/guest/..."
        component = "guest"
        [[trigger.http]]
        route = "/users/:user/things/..."
        component = "guest"
        [[trigger.http]]
        route = "/fixed"
        static_response = {{ status_code = 418, body = "short and stout", headers = {{ "x-pot" = "tea" }} }}
        [component.guest]
        source = "{source}"
        allowed_outbound_hosts = {grants:?}
        [component.guest.variables]
        redis_url = "{{{{ redis_url }}}}"
        phrase = "{{{{ greeting }}}}, guest"
        "#,
        source = guest::wasm().display(),
    );
    Manifest::parse(&text, Path::new("/")).unwrap()
}

/// Options of the tests: compiled components are shared between them.
pub fn options() -> Options {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("edge-host-cache");
    Options { cache_dir: Some(cache), ..Options::default() }
}

impl Host {
    /// With a component that may speak to `redis_url` only.
    pub async fn start(redis_url: &str, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = options();
        change(&mut options);
        Self::serve(manifest(redis_url, &["{{ redis_url }}"]), options).await
    }

    /// Without Redis.
    pub async fn alone(change: impl FnOnce(&mut Options)) -> Self {
        Self::start("redis://127.0.0.1:1", change).await
    }

    pub async fn serve(manifest: Manifest, options: Options) -> Self {
        let host = EdgeHost::load(manifest, options).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let metrics = host.metrics();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(host.serve(listener, async {
            let _ = stopped.await;
        }));
        Self { port, metrics, stop: Some(stop), task }
    }

    /// A GET of `path` under `/guest`.
    pub async fn get(&self, path: &str) -> client::Answer {
        client::get(self.port, &format!("/guest{path}"), &[]).await
    }

    /// A POST of `body` to `path` under `/guest`.
    pub async fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> client::Answer {
        client::post(self.port, &format!("/guest{path}"), body.into()).await
    }

    /// What commands, one a line, answer on one guest connection.
    pub async fn redis(&self, commands: &str) -> String {
        self.post("/redis", commands).await.text()
    }

    /// Live instances of the component.
    pub fn instances(&self) -> usize {
        let text = self.metrics.render();
        let line =
            text.lines().find_map(|line| line.strip_prefix("edge_host_instances{component=\"guest\"} "));
        line.expect("counted").parse().unwrap()
    }

    pub fn begin_stop(&mut self) {
        let _ = self.stop.take().expect("runs").send(());
    }

    /// Waits for the end of `serve`.
    pub async fn stopped(&mut self) {
        tokio::time::timeout(super::PATIENCE, &mut self.task).await.expect("stops").unwrap().unwrap();
    }
}

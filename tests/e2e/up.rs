//! `cargo xtask up` itself, as a supervisor of real processes, with what the test build put on the stage.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use harness::client::{Client, Request};
use harness::sandbox::Sandbox;
use harness::wait::wait_within;
use harness::wait_until;
use http::Method;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};

/// conn-host may drain for 10 s.
const STOPPED: Duration = Duration::from_secs(30);

/// A running `cargo xtask up`. Killed with all its children when a story fails: the guard sees to that.
struct Up {
    process: Child,
    ready: Value,
    client: Client,
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

impl Up {
    fn start(data: &Path) -> Self {
        let stage = harness::world::stage().expect("the test build's stage");
        let mut process = Command::new(stage.program("xtask"))
            .args(["up", "--json", "--port", "0", "--data"])
            .arg(data)
            .arg("--stage")
            .arg(stage.folder())
            .env_remove("REDIS_URL")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("xtask starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("its standard output");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let Ok(ready) = serde_json::from_str(&line) else {
            let mut said = String::new();
            let _ended = process.stderr.take().map(|mut err| err.read_to_string(&mut said));
            panic!("no JSON line but {line:?}; it said:\n{said}");
        };
        // Nobody reads on: `up` must not mind that its progress goes nowhere.
        drop(process.stderr.take());
        Self { process, ready, client: Client::default() }
    }

    fn text(&self, name: &str) -> String {
        self.ready[name].as_str().unwrap_or_else(|| panic!("{name} is in {}", self.ready)).to_owned()
    }

    fn request(&self, method: Method, path: &str) -> Request {
        self.client.request(method, format!("{}{path}", self.text("base_url"))).bearer(&self.text("api_key"))
    }

    fn pids(&self) -> Vec<i32> {
        let pids = &self.ready["pids"];
        let single = ["redis", "sandbox", "edge-host"].map(|name| &pids[name]);
        let hosts = pids["conn-host"].as_array().expect("a list");
        single.into_iter().chain(hosts).map(|pid| pid.as_i64().expect("a pid") as i32).collect()
    }

    async fn stop(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).expect("it runs");
        let status = wait_within(STOPPED, "up to stop", || {
            let ended = self.process.try_wait().expect("its status");
            async move { ended.ok_or_else(|| "it runs".to_owned()) }
        })
        .await;
        assert!(status.success(), "{status}");
        for pid in self.pids() {
            assert!(!lives(pid), "{pid} of {} was left behind", self.ready["pids"]);
        }
    }

    async fn wait_for_status(&self, wanted: &str) {
        wait_until(&format!("the status {wanted}"), || async {
            let reply = self.request(Method::GET, "/api/v1/sessions/main/status").send().await;
            if reply.status == 200 && reply.json()["status"] == wanted { Ok(()) } else { Err(reply.text()) }
        })
        .await;
    }

    async fn pair(&self) {
        self.request(Method::POST, "/api/v1/sessions")
            .json(&json!({ "id": "main" }))
            .send()
            .await
            .expect(201);
        let code = wait_until("a QR code", || async {
            let reply = self.request(Method::GET, "/api/v1/sessions/main/qr").send().await;
            if reply.status == 200 { Ok(reply.json()["code"].clone()) } else { Err(reply.text()) }
        })
        .await;
        let sandbox = Sandbox::new(self.client.clone(), self.text("sandbox_url"));
        sandbox.scan(code.as_str().expect("a code"), "491701234567").await.expect(200);
        self.wait_for_status("connected").await;
    }

    /// To the contact that `up` puts into a fresh sandbox.
    async fn send(&self, text: &str) {
        let body = json!({ "to": "628123456789", "text": text });
        let path = "/api/v1/sessions/main/messages/text";
        self.request(Method::POST, path).json(&body).send().await.expect(200);
    }
}

fn lives(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

pub async fn up_starts_everything_and_stops_it() {
    let data = tempfile::tempdir().expect("a folder");
    let up = Up::start(data.path());
    for name in ["base_url", "api_key", "user_token", "redis_url", "sandbox_url", "sandbox_ws_url"] {
        up.text(name);
    }
    up.pair().await;
    up.send("Hello").await;

    // A second one on the same data is told of the first, in one line.
    let stage = harness::world::stage().expect("the test build's stage");
    let second = Command::new(stage.program("xtask"))
        .args(["up", "--port", "0", "--stage"])
        .arg(stage.folder())
        .arg("--data")
        .arg(data.path())
        .output()
        .expect("xtask runs");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains("another `cargo xtask up`"), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");

    let key = up.text("api_key");
    up.stop().await;

    let again = Up::start(data.path());
    assert_eq!(again.text("api_key"), key, "the data is found again");
    again.wait_for_status("connected").await;
    again.send("Hello again").await;
    again.stop().await;
}

pub async fn a_dead_conn_host_is_started_again() {
    let data = tempfile::tempdir().expect("a folder");
    let up = Up::start(data.path());
    up.pair().await;
    let host = up.ready["pids"]["conn-host"][0].as_i64().expect("a pid") as i32;
    let edge = up.ready["pids"]["edge-host"].as_i64().expect("a pid") as i32;
    for pid in [host, edge] {
        kill_process(Pid::from_raw(pid).expect("a pid"), Signal::KILL).expect("it runs");
    }
    wait_until("edge-host to be back on its port", || async {
        let reply = up.request(Method::GET, "/api/v1/sessions").try_send().await?;
        if reply.status == 200 { Ok(()) } else { Err(reply.text()) }
    })
    .await;
    up.wait_for_status("connected").await;
    up.send("after a crash").await;
    up.stop().await;
}

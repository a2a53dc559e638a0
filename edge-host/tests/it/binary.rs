//! The binary: what it prints, and how it ends.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use super::support::{PATIENCE, client, guest};

struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    fn new(source: &Path) -> Self {
        let files = Self { dir: tempfile::tempdir().unwrap() };
        let manifest = format!(
            "spin_manifest_version = 2\n[application]\nname = \"x\"\n[variables]\ntoken = {{ required = true }}\n[[trigger.http]]\nroute = \"/guest/...\"\ncomponent = \"guest\"\n[component.guest]\nsource = \"{}\"\n[component.guest.variables]\ntoken = \"{{{{ token }}}}\"\n",
            source.display()
        );
        std::fs::write(files.manifest(), manifest).unwrap();
        files
    }

    fn manifest(&self) -> PathBuf {
        self.dir.path().join("spin.toml")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edge-host"));
        command
            .args(["--from", self.manifest().to_str().unwrap(), "--listen", "127.0.0.1:0", "--state-dir"])
            .arg(self.dir.path().join("state"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs it to an end that comes by itself.
    async fn run(&self, arguments: &[&str]) -> Output {
        tokio::time::timeout(PATIENCE, self.command(arguments).output()).await.expect("ends").unwrap()
    }

    async fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self.command(arguments).env("SPIN_VARIABLE_TOKEN", "from-env").spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await.expect("says where").unwrap();
        let address = line.strip_prefix("edge-host listening on http://127.0.0.1:").expect(&line);
        Running { port: address.trim_end().parse().unwrap(), child, stdout }
    }
}

struct Running {
    port: u16,
    child: Child,
    stdout: BufReader<tokio::process::ChildStdout>,
}

impl Running {
    /// Ends it by `signal`: its code, the rest of its stdout, its log.
    async fn end(mut self, signal: &str) -> (Option<i32>, String, String) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
        let (mut out, mut log) = (String::new(), String::new());
        let mut stderr = self.child.stderr.take().unwrap();
        let ended = async {
            self.stdout.read_to_string(&mut out).await.unwrap();
            stderr.read_to_string(&mut log).await.unwrap();
            self.child.wait().await.unwrap()
        };
        let status = tokio::time::timeout(PATIENCE, ended).await.expect("ends");
        (status.code(), out, log)
    }
}

fn one_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[tokio::test]
async fn it_says_where_it_listens_serves_and_ends_with_0() {
    let files = Files::new(guest::wasm());
    let running = files.start(&["--log-format", "json", "--log", "info,edge_host::guest=debug"]).await;
    let answer = client::get(running.port, "/guest/variable?name=token", &[]).await;
    assert_eq!(answer.text(), "from-env");
    client::get(running.port, "/guest/print", &[]).await.assert_ok();
    let (code, out, log) = running.end("-TERM").await;
    assert_eq!((code, out.as_str()), (Some(0), ""), "one line on stdout, and no more");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect(line);
    }
    assert!(log.contains("a line on stdout") && log.contains("a line on stderr"), "{log}");
}

#[tokio::test]
async fn the_second_start_does_not_compile() {
    let files = Files::new(guest::wasm());
    let (code, _, log) = files.start(&[]).await.end("-INT").await;
    assert!(code == Some(0) && log.contains("loaded=Compiled"), "{log}");
    let running = files.start(&["--variable", "token=flag", "--admin-listen", "127.0.0.1:0"]).await;
    assert_eq!(client::get(running.port, "/guest/variable?name=token", &[]).await.text(), "flag");
    let (_, _, log) = running.end("-TERM").await;
    assert!(log.contains("loaded=Cached"), "{log}");
    assert!(log.contains("metrics are served"), "{log}");
}

#[tokio::test]
async fn a_start_that_fails_says_why_in_one_line() {
    let files = Files::new(guest::wasm());
    let missing = files.run(&[]).await;
    assert_eq!(missing.status.code(), Some(1));
    assert!(one_line(&missing).contains("`token` (set SPIN_VARIABLE_TOKEN"));

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = files.run(&["--variable", "token=t", "--admin-listen", &address]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(one_line(&output).contains(&format!("cannot listen on {address}")));

    let output = Files::new(Path::new("/nowhere.wasm")).run(&["--variable", "token=t"]).await;
    assert_eq!(output.status.code(), Some(1));
    let line = one_line(&output);
    assert!(line.contains("component `guest` (/nowhere.wasm): cannot be read (is it built?)"), "{line}");
}

#[tokio::test]
async fn a_wrong_flag_is_a_usage_error() {
    let files = Files::new(guest::wasm());
    for arguments in [["--nonsense", "x"], ["--variable", "no-value"], ["--max-body-bytes", "many"]] {
        assert_eq!(files.run(&arguments).await.status.code(), Some(64), "{arguments:?}");
    }
    let help = tokio::time::timeout(Duration::from_secs(10), files.command(&["--help"]).output()).await;
    assert_eq!(help.unwrap().unwrap().status.code(), Some(0));
}

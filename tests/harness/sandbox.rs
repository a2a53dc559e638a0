//! The sandbox's control surface, as a story calls it: what a person does with a phone, and what a network does to
//! people.

use http::Method;
use serde_json::{Value, json};

use crate::client::{Client, Reply};

/// The control surface of one sandbox.
#[derive(Debug, Clone)]
pub struct Sandbox {
    client: Client,
    url: String,
}

impl Sandbox {
    /// The sandbox at `url`.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where clients connect.
    pub fn ws_url(&self) -> String {
        format!("{}/ws/chat", self.url.replacen("http://", "ws://", 1))
    }

    /// Scans a QR code with the phone of `phone`; the number's account is made when it is new.
    pub async fn scan(&self, qr: &str, phone: &str) -> Reply {
        let path = format!("{}/admin/mock-phone/scan-qr?phone={phone}", self.url);
        self.client.request(Method::POST, path).raw(qr.to_owned()).send().await
    }

    /// Types a pair code into the phone of `phone`.
    pub async fn enter_code(&self, phone: &str, code: &str) -> Reply {
        let path = format!("{}/admin/mock-phone/enter-code", self.url);
        self.client.request(Method::POST, path).json(&json!({ "phone": phone, "code": code })).send().await
    }

    /// A call that must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.client
            .request(Method::POST, format!("{}/admin/{path}", self.url))
            .json(&body)
            .send()
            .await
            .expect(200)
    }

    /// A query that must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub async fn get(&self, path: &str) -> Value {
        self.client.request(Method::GET, format!("{}/admin/{path}", self.url)).send().await.expect(200)
    }

    /// A contact without a client.
    pub async fn contact(&self, phone: &str, name: &str) -> Value {
        self.post("accounts", json!({ "phone": phone, "push_name": name })).await
    }

    /// Lets the account `from` write to `to`; gives the message's id.
    pub async fn write(&self, from: &str, to: &str, text: &str) -> String {
        let sent = self.post(&format!("accounts/{from}/send"), json!({ "to": to, "text": text })).await;
        sent["message_id"].as_str().unwrap_or_default().to_owned()
    }

    /// How often the network was given the message with this id.
    pub async fn times_seen(&self, message_id: &str) -> u64 {
        let entries = self.get(&format!("messages?id={message_id}")).await;
        entries.as_array().into_iter().flatten().filter_map(|entry| entry["times_seen"].as_u64()).sum()
    }

    /// The ids of all that a contact was given, each where it came first. An app shows a repeated id once.
    ///
    /// # Panics
    /// When the sandbox does not say.
    pub async fn received_ids(&self, contact: &str) -> Vec<String> {
        let received = self.get(&format!("accounts/{contact}/received")).await;
        let mut ids: Vec<String> = Vec::new();
        for message in received.as_array().into_iter().flatten() {
            let id = message["id"].as_str().expect("an id").to_owned();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

//! Pairing, as a user does it: make a session, get its QR code, scan it, see it connected.

use serde_json::{Value, json};

use crate::organization::Organization;
use crate::wait::wait_until;

/// A paired session of an organization.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose it is.
    pub owner: Organization,
    /// Its id.
    pub id: String,
    /// Its phone number.
    pub phone: String,
}

impl Session {
    /// Makes a session and pairs it with a fresh number.
    ///
    /// # Panics
    /// When a step of it fails.
    pub async fn pair(owner: &Organization) -> Self {
        let session = Self::create(owner).await;
        session.scan().await;
        session.wait_for_status("connected").await;
        session
    }

    /// Scans its QR code: the next one, where the one that was shown has ended meanwhile.
    ///
    /// # Panics
    /// When none can be scanned.
    pub async fn scan(&self) {
        wait_until("a QR code to be scanned", || async {
            let reply = self.owner.world.sandbox().scan(&self.qr().await, &self.phone).await;
            if reply.status == 200 { Ok(()) } else { Err(reply.text()) }
        })
        .await;
    }

    /// Makes a session; nobody has scanned it yet.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn create(owner: &Organization) -> Self {
        let number = owner.world.next_number();
        let id = format!("s{number}");
        owner.post("/api/v1/sessions").json(&json!({ "id": id })).send().await.expect(201);
        Self { owner: owner.clone(), id, phone: format!("4917000{number:05}") }
    }

    /// The path of one of its routes: `/messages`, or nothing for itself.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/sessions/{}{rest}", self.id)
    }

    /// Waits for a QR code's text.
    ///
    /// # Panics
    /// When none comes.
    pub async fn qr(&self) -> String {
        wait_until("a QR code", || async {
            let reply = self.owner.get(&self.path("/qr")).send().await;
            match (reply.status, reply.json()["code"].as_str()) {
                (200, Some(code)) => Ok(code.to_owned()),
                _ => Err(reply.text()),
            }
        })
        .await
    }

    /// What the session is now.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn status(&self) -> Value {
        self.owner.get(&self.path("/status")).send().await.expect(200)
    }

    /// Waits until it has this status.
    ///
    /// # Panics
    /// When it does not get it.
    pub async fn wait_for_status(&self, wanted: &str) {
        wait_until(&format!("the status {wanted}"), || async {
            let reply = self.owner.get(&self.path("/status")).send().await;
            match reply.status {
                200 if reply.json()["status"] == wanted => Ok(()),
                _ => Err(reply.text()),
            }
        })
        .await;
    }

    /// Sends a text, synchronously, by the single send endpoint; gives the `SendResult`.
    ///
    /// # Panics
    /// When it is not sent.
    pub async fn send_text(&self, to: &str, text: &str) -> Value {
        let body = json!({ "to": to, "type": "text", "text": text });
        let result = self.owner.post(&self.path("/messages")).json(&body).send().await.expect(200);
        assert_eq!(result["status"], "sent", "{result}");
        result
    }
}

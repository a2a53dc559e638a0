//! The WebSocket to WhatsApp, with TCP_NODELAY: without it Nagle's algorithm meets the other side's delayed
//! acknowledgement, and a lone sender waits 40 ms for each message.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use http::{HeaderValue, Uri, header};
use tokio::net::TcpStream;
use tokio_websockets::ClientBuilder;
use whatsapp_rust::async_channel::Receiver;
use whatsapp_rust::transport::{default_tls_connector, from_websocket};
use whatsapp_rust::wacore::net::{
    Transport, TransportEvent, TransportFactory, WHATSAPP_WEB_ORIGIN, WHATSAPP_WEB_WS_URL,
};

use super::turnstile::Turnstile;

/// Opens sockets to one URL.
#[derive(Debug, Clone)]
pub struct SocketFactory {
    uri: Uri,
    turnstile: Turnstile,
}

impl SocketFactory {
    /// To `url` (`ws://` or `wss://`), or to WhatsApp; at most so many a second.
    pub fn new(url: Option<&str>, per_second: u32) -> anyhow::Result<Self> {
        let uri: Uri = url.unwrap_or(WHATSAPP_WEB_WS_URL).parse().context("the WhatsApp URL is malformed")?;
        anyhow::ensure!(
            matches!(uri.scheme_str(), Some("ws" | "wss")) && uri.host().is_some(),
            "the WhatsApp URL must begin with ws:// or wss://"
        );
        Ok(Self { uri, turnstile: Turnstile::new(per_second) })
    }

    async fn connect(&self) -> anyhow::Result<TcpStream> {
        let host = self.uri.host().unwrap_or_default();
        let port = self.uri.port_u16().unwrap_or(if self.uri.scheme_str() == Some("ws") { 80 } else { 443 });
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

#[async_trait]
impl TransportFactory for SocketFactory {
    async fn create_transport(&self) -> anyhow::Result<(Arc<dyn Transport>, Receiver<TransportEvent>)> {
        anyhow::ensure!(self.turnstile.pass().await, "too many connections wait for their turn");
        let stream = self.connect().await?;
        let origin = HeaderValue::from_static(WHATSAPP_WEB_ORIGIN);
        let builder = ClientBuilder::from_uri(self.uri.clone()).add_header(header::ORIGIN, origin)?;
        if self.uri.scheme_str() == Some("ws") {
            let (socket, _) = builder.connect_on(stream).await?;
            return Ok(from_websocket(socket));
        }
        let host = self.uri.host().unwrap_or_default();
        let stream = default_tls_connector().wrap(host, stream).await?;
        let (socket, _) = builder.connect_on(stream).await?;
        Ok(from_websocket(socket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_has_no_delay() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/ws/chat", listener.local_addr().unwrap());
        let stream = SocketFactory::new(Some(&url), 1).unwrap().connect().await.unwrap();
        assert!(stream.nodelay().unwrap());
    }

    #[test]
    fn a_url_of_another_kind_is_refused() {
        for bad in ["http://x/", "x", "ws://", "file:///etc"] {
            assert!(SocketFactory::new(Some(bad), 1).is_err(), "{bad}");
        }
    }
}

//! A long string on its way from the body to a blob.

use edgewire_contract::data_uri::Decoder;
use edgewire_contract::fields::Kept;
use edgewire_contract::ids::SessionId;
use edgewire_contract::media::MAX_DOCUMENT_BYTES;

use crate::blob::BlobWriter;
use crate::bus::Bus;
use crate::env::Env;
use crate::{Gateway, Problem};

/// Decodes the string, and writes what it says.
pub struct Keeper<'g, B, E> {
    decoder: Decoder,
    writer: BlobWriter<'g, B, E>,
    is_base64: bool,
    /// Decoded and not written yet.
    bytes: Vec<u8>,
}

impl<'g, B: Bus, E: Env> Keeper<'g, B, E> {
    /// Of a string that begins.
    pub fn new(gateway: &'g Gateway<B, E>, session: &'g SessionId) -> Self {
        let writer = BlobWriter::new(gateway, session, MAX_DOCUMENT_BYTES);
        Self { decoder: Decoder::default(), writer, is_base64: true, bytes: Vec::new() }
    }

    /// Takes some of it.
    ///
    /// # Errors
    /// 413, 429.
    pub async fn take(&mut self, text: &[u8]) -> Result<(), Problem> {
        if !self.is_base64 {
            return Ok(());
        }
        self.bytes.clear();
        if self.decoder.push(text, &mut self.bytes).is_err() {
            self.is_base64 = false;
            self.writer.abandon().await;
            return Ok(());
        }
        self.writer.write(&self.bytes).await
    }

    /// What became of it.
    ///
    /// # Errors
    /// 413, 429.
    pub async fn finish(&mut self) -> Result<Kept, Problem> {
        self.bytes.clear();
        let decoder = std::mem::take(&mut self.decoder);
        let ended = if self.is_base64 { decoder.finish(&mut self.bytes).ok() } else { None };
        if let Some(mimetype) = ended {
            self.writer.write(&self.bytes).await?;
            if self.writer.bytes() > 0 {
                return Ok(Kept::Blob { blob: self.writer.finish().await?, mimetype });
            }
        }
        self.abandon().await;
        Ok(Kept::NotBase64)
    }

    /// Forgets what was written.
    pub async fn abandon(&self) {
        self.writer.abandon().await;
    }
}

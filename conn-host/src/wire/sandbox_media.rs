//! The library downloads media over `https://` only; the sandbox serves them on the plain port of its socket. In a
//! build with the feature `sandbox` this client rewrites the scheme, and in no other.

use async_trait::async_trait;
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse};
use whatsapp_rust::wacore::net::{StreamingHttpResponse, UploadBody};

/// An HTTP client that may speak plain HTTP to the sandbox.
#[derive(Clone)]
pub struct MediaClient<C> {
    inner: C,
    plain: bool,
}

impl<C> MediaClient<C> {
    /// `plain` rewrites `https://` to `http://`.
    pub fn new(inner: C, plain: bool) -> Self {
        Self { inner, plain: plain && cfg!(feature = "sandbox") }
    }

    fn rewrite(&self, mut request: HttpRequest) -> HttpRequest {
        if self.plain
            && let Some(rest) = request.url.strip_prefix("https://")
        {
            request.url = format!("http://{rest}");
        }
        request
    }
}

#[async_trait]
impl<C: HttpClient> HttpClient for MediaClient<C> {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        self.inner.execute(self.rewrite(request)).await
    }

    fn supports_streaming(&self) -> bool {
        self.inner.supports_streaming()
    }

    fn execute_streaming(&self, request: HttpRequest) -> anyhow::Result<StreamingHttpResponse> {
        self.inner.execute_streaming(self.rewrite(request))
    }

    fn supports_upload_streaming(&self) -> bool {
        self.inner.supports_upload_streaming()
    }

    fn execute_upload(
        &self,
        request: HttpRequest,
        body: UploadBody,
        length: u64,
    ) -> anyhow::Result<HttpResponse> {
        self.inner.execute_upload(self.rewrite(request), body, length)
    }
}

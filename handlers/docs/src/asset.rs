//! A file that was packed at build time.

use edgewire_edge::reply::Body;
use edgewire_edge::request::Headers;
use edgewire_edge::{Problem, Reply};

/// For how long a client need not ask again.
const CACHED: &str = "public, max-age=300";
/// The bytes in front of the packed content: our gzip has no name.
const HEAD: usize = 10;
/// The bytes behind it: checksum and length.
const TAIL: usize = 8;

/// A file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its type.
    pub content_type: &'static str,
    /// Its content.
    pub gzip: &'static [u8],
    /// Changes when the content does.
    pub tag: &'static str,
}

impl Asset {
    /// Gives the file: packed to those who take that, 304 to those who have it.
    ///
    /// # Errors
    /// When it cannot be unpacked.
    pub fn reply(&self, headers: &Headers) -> Result<Reply, Problem> {
        let packed = headers.get("accept-encoding").is_some_and(takes_gzip);
        // One name per form, as their bytes differ.
        let tag = format!("\"{}{}\"", self.tag, if packed { "-gzip" } else { "" });
        let reply = if headers.get("if-none-match").is_some_and(|known| names(known, &tag)) {
            Reply { status: 304, headers: Vec::new(), body: Body::Full(Vec::new()) }
        } else if packed {
            Reply::bytes(200, self.content_type, self.gzip).with("content-encoding", "gzip")
        } else {
            Reply::bytes(200, self.content_type, self.unpacked()?)
        };
        Ok(reply.with("etag", tag).with("cache-control", CACHED).with("vary", "accept-encoding"))
    }

    /// The content itself.
    ///
    /// # Errors
    /// When it is no gzip of ours.
    pub fn unpacked(&self) -> Result<Vec<u8>, Problem> {
        let content = self.gzip.get(HEAD..self.gzip.len() - TAIL).unwrap_or_default();
        miniz_oxide::inflate::decompress_to_vec(content)
            .map_err(|e| Problem::internal(format!("a file cannot be unpacked: {e}")))
    }
}

/// Whether an `Accept-Encoding` takes gzip.
fn takes_gzip(accepted: &str) -> bool {
    let mut any = None;
    for item in accepted.split(',') {
        let (name, weight) = item.split_once(';').map_or((item, ""), |(name, weight)| (name, weight.trim()));
        let weight = weight.strip_prefix("q=").unwrap_or("1");
        let wanted = weight.parse::<f32>().is_ok_and(|weight| weight > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") => return wanted,
            "*" => any = Some(wanted),
            _ => {}
        }
    }
    any.unwrap_or(false)
}

/// Whether an `If-None-Match` names `tag`.
fn names(known: &str, tag: &str) -> bool {
    known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == "*" || one == tag)
}

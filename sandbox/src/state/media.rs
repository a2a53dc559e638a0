//! Uploaded media: ciphertext by path, in memory, bounded.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

/// The most bytes kept; the oldest uploads go first.
const CAPACITY: usize = 512 * 1024 * 1024;

/// Ciphertext by direct path.
#[derive(Default)]
pub struct MediaStore {
    files: HashMap<String, Bytes>,
    order: VecDeque<String>,
    total: usize,
}

impl MediaStore {
    /// Keeps an upload.
    pub fn put(&mut self, path: String, bytes: Bytes) {
        self.total += bytes.len();
        if let Some(old) = self.files.insert(path.clone(), bytes) {
            self.total -= old.len();
        } else {
            self.order.push_back(path);
        }
        while self.total > CAPACITY {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(old) = self.files.remove(&oldest) {
                self.total -= old.len();
            }
        }
    }

    /// An upload, if it is still there.
    pub fn get(&self, path: &str) -> Option<Bytes> {
        self.files.get(path).cloned()
    }

    /// How many files, how many bytes.
    pub fn size(&self) -> (usize, usize) {
        (self.files.len(), self.total)
    }
}

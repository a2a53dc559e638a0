//! The deletion of a session's files.

use std::path::PathBuf;

use edgewire_contract::ids::{OrganizationId, SessionId};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::Error;
use object_store::path::Path;
use tokio::time::timeout;
use tracing::warn;

use crate::{Depot, Failed, folder, health, within};

/// Why files may be left.
#[derive(Debug, thiserror::Error)]
enum DeletionError {
    #[error("{}", health::outline(.0))]
    Store(#[from] Error),
    #[error("it says of objects that it lists that they are not there")]
    StillListed,
    #[error("the folder: {}", .0.kind())]
    Folder(std::io::Error),
    #[error("it takes too long")]
    TooLong,
}

impl Depot {
    /// Deletes what the store has of a session, and breaks off what is on its way there.
    ///
    /// # Errors
    /// When not everything is known to be gone: what is left is found by the next call. So it is, too, while the bucket is
    /// not there or refuses the keys: whether it has the session's files is not known then.
    pub async fn forget(&self, organization: &OrganizationId, session: &SessionId) -> Result<(), Failed> {
        let folder = folder(organization, session);
        let deleted = async {
            self.uploads.stop(&folder).await;
            self.delete_objects(&within(&self.prefix, &folder)).await?;
            self.delete_folder(&folder).await
        };
        let deleted = timeout(self.pace.deletion, deleted).await;
        deleted.unwrap_or(Err(DeletionError::TooLong)).map_err(|error| {
            warn!(%error, "the files of a session could not be deleted from the media store");
            Failed
        })
    }

    async fn delete_objects(&self, folder: &Path) -> Result<(), DeletionError> {
        let list = || self.store.list(Some(folder)).map_ok(|object| object.location);
        let mut deleted = self.store.delete_stream(list().boxed());
        let mut vanished = false;
        while let Some(one) = deleted.next().await {
            match one {
                Ok(_) => {}
                // Somebody else has deleted it meanwhile. One such answer of S3 is for up to 1000 objects.
                Err(Error::NotFound { .. }) => vanished = true,
                Err(e) => return Err(e.into()),
            }
        }
        match vanished {
            true if list().boxed().next().await.transpose()?.is_some() => Err(DeletionError::StillListed),
            _ => Ok(()),
        }
    }

    /// Where the store is a folder: what a crash left half written, which is not listed, and the session's own folder.
    async fn delete_folder(&self, folder: &Path) -> Result<(), DeletionError> {
        let Some(root) = &self.root else { return Ok(()) };
        let parts = within(&self.prefix, folder);
        let mut path = PathBuf::from(root);
        path.extend(parts.parts().map(|part| part.as_ref().to_owned()));
        match tokio::fs::remove_dir_all(path).await {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(DeletionError::Folder(e)),
            _ => Ok(()),
        }
    }
}

//! What a deletion leaves: nothing, or it is refused.

use super::*;

#[tokio::test]
async fn a_session_is_forgotten_and_no_other() {
    let folder = Folder::new();
    let files = [noise(10), noise(20)];
    for name in ["main", "main2"] {
        for bytes in &files {
            folder.kept(name, bytes).await;
        }
    }
    folder.depot.forget(&acme(), &session("main")).await.unwrap();
    for bytes in &files {
        assert!(!folder.path("main", bytes).exists());
        assert!(folder.path("main2", bytes).exists());
    }
    // There is nothing left to do, which is well.
    folder.depot.forget(&acme(), &session("main")).await.unwrap();
    folder.depot.forget(&acme(), &session("never")).await.unwrap();
}

/// `LocalFileSystem` writes a file under such a name first, and does not list it.
#[tokio::test]
async fn what_a_crash_left_in_a_folder_is_deleted_with_its_session() {
    let folder = Folder::new();
    let bytes = noise(10);
    for name in ["main", "main2"] {
        folder.kept(name, &bytes).await;
        std::fs::write(format!("{}#1", folder.path(name, &bytes).display()), b"clear").unwrap();
    }
    folder.depot.forget(&acme(), &session("main")).await.unwrap();
    assert!(!folder.dir.path().join("acme/main").exists());
    assert_eq!(std::fs::read_dir(folder.dir.path().join("acme/main2")).unwrap().count(), 2);
}

#[tokio::test]
async fn a_folder_that_cannot_be_deleted_refuses() {
    let folder = Folder::new();
    std::fs::create_dir(folder.dir.path().join("acme")).unwrap();
    std::fs::write(folder.dir.path().join("acme/main"), b"no folder").unwrap();
    folder.depot.forget(&acme(), &session("main")).await.unwrap_err();
}

#[tokio::test]
async fn an_object_that_is_gone_already_leaves_no_others() {
    let files = [noise(10), noise(20), noise(30)];
    let mut paths = files.each_ref().map(|bytes| place("main", bytes).path(&Path::default()));
    paths.sort();
    let (store, depot) = Slow { vanished: vec![paths[0].clone()], ..Slow::default() }.depot();
    for path in &paths {
        store.inner.put(path, "1".into()).await.unwrap();
    }
    depot.forget(&acme(), &session("main")).await.unwrap();
    assert!(store.is_empty().await);
}

/// S3's answer for up to 1000 objects may be one "not found".
#[tokio::test]
async fn objects_that_are_only_said_to_be_gone_refuse() {
    let path = place("main", b"1").path(&Path::default());
    let (store, depot) = Slow { vanished: vec![path.clone()], stubborn: true, ..Slow::default() }.depot();
    store.inner.put(&path, "1".into()).await.unwrap();
    depot.forget(&acme(), &session("main")).await.unwrap_err();
}

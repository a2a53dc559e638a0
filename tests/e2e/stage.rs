//! Where stories are told: the runtime they run on, and the world that some of them share.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use harness::World;
use libtest_mimic::Trial;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// No story is longer; its single waits are bounded much tighter.
const LONGEST: Duration = Duration::from_secs(180);

/// The runtime and the shared world.
pub struct Stage {
    // Dropped before the runtime, on which its clients run.
    world: OnceCell<Result<Arc<World>, String>>,
    runtime: Runtime,
}

impl Stage {
    /// An empty stage: the shared world is built for the first story that asks for it.
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        Self { world: OnceCell::new(), runtime }
    }

    async fn world(&self) -> Arc<World> {
        let build = || async { World::builder().try_build().await.map_err(|e| format!("{e:#}")) };
        match self.world.get_or_init(build).await {
            Ok(world) => world.clone(),
            Err(e) => panic!("the shared world does not start: {e}"),
        }
    }

    fn tell(&self, story: impl Future<Output = ()>) {
        self.runtime.block_on(async {
            if tokio::time::timeout(LONGEST, story).await.is_err() {
                panic!("the story was not over after {LONGEST:?}");
            }
        });
    }
}

/// A story in the shared world.
pub fn shared<F>(stage: &Arc<Stage>, name: &str, story: fn(Arc<World>) -> F) -> Trial
where
    F: Future<Output = ()> + 'static,
{
    let stage = stage.clone();
    Trial::test(name, move || {
        let told = catch_unwind(AssertUnwindSafe(|| stage.tell(async { story(stage.world().await).await })));
        told.map_err(|panic| {
            // The shared world lives on; what its processes said last may tell why.
            if let Some(Ok(world)) = stage.world.get() {
                xtask::say::say(world.logs());
            }
            resume_unwind(panic)
        })
    })
}

/// A story that makes a world of its own.
pub fn alone<F>(stage: &Arc<Stage>, name: &str, story: fn() -> F) -> Trial
where
    F: Future<Output = ()> + 'static,
{
    let stage = stage.clone();
    Trial::test(name, move || {
        stage.tell(story());
        Ok(())
    })
}

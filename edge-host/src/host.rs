//! [`EdgeHost`]: a manifest, loaded and ready to serve.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi_http::handler::ProxyPre;

use crate::http::{self, Front};
use crate::interfaces::outbound_http::HttpClient;
use crate::interfaces::redis::RedisPool;
use crate::manifest::Manifest;
use crate::metrics::Metrics;
use crate::runtime::cache::{CompileCache, Loaded};
use crate::runtime::engine::{self, EpochClock};
use crate::runtime::linker;
use crate::runtime::pool::{Factory, Instances};
use crate::runtime::state::{ComponentContext, State};
use crate::settings::Options;
use crate::variables::Values;

/// A manifest whose components are compiled and linked.
pub struct EdgeHost {
    front: Arc<Front>,
    metrics: Arc<Metrics>,
    admin: Option<TcpListener>,
    _clock: EpochClock,
}

impl EdgeHost {
    /// Loads the components of `manifest`. Only those that a route leads to are loaded.
    ///
    /// # Errors
    /// Names what is wrong: a variable without a value, a component file that is missing or does
    /// not compile, an import that this host does not offer, a grant that is none, an admin address
    /// that is taken.
    pub async fn load(manifest: Manifest, options: Options) -> anyhow::Result<Self> {
        // TLS, for `rediss://` and outbound HTTPS. Another provider that is set already serves, too.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let environment =
            |key: &str| options.variables_from_environment.then(|| std::env::var(key).ok()).flatten();
        let values = Values::resolve(&manifest, &options.variables, environment)?;
        let admin = match options.admin_listen {
            Some(address) => Some(
                TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?,
            ),
            None => None,
        };

        let metrics = Arc::new(Metrics::default());
        let engine = engine::build(&options.instances)?;
        let clock = EpochClock::start(&engine)?;
        let redis = Arc::new(RedisPool::new(options.redis.clone()));
        let client = HttpClient::new();
        let mut instances = BTreeMap::new();
        for (name, pre) in load_components(&manifest, &engine, options.cache_dir.clone()).await? {
            let declared = &manifest.components[&name];
            let component = Arc::new(ComponentContext {
                variables: values.of_component(declared)?,
                environment: declared.environment.clone().into_iter().collect(),
                grants: values.grants_of(&name, declared)?,
                redis: redis.clone(),
                http: client.clone(),
                name: name.as_str().into(),
            });
            let factory = Factory {
                pre,
                engine: engine.clone(),
                component,
                limits: options.instances.clone(),
                metrics: metrics.clone(),
            };
            instances.insert(name, Instances::new(factory));
        }
        let front = Arc::new(Front::new(manifest.triggers, &instances, options.http, metrics.clone()));
        Ok(Self { front, metrics, admin, _clock: clock })
    }

    /// Where the host's own metrics are served, if they are.
    #[must_use]
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// The host's own numbers.
    #[must_use]
    pub fn metrics(&self) -> Arc<Metrics> {
        self.metrics.clone()
    }

    /// Serves on `listener` until `shutdown` is done; then takes no more connections, ends event
    /// streams, and lets other requests finish for as long as the options allow.
    ///
    /// # Errors
    /// When `listener` is no listening socket.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let admin = self.admin.map(|listener| tokio::spawn(http::serve_admin(self.metrics, listener)));
        let served = http::serve(self.front, listener, shutdown).await;
        if let Some(admin) = admin {
            admin.abort();
        }
        served
    }
}

/// Compiles, side by side, every component that a route leads to.
async fn load_components(
    manifest: &Manifest,
    engine: &Engine,
    cache_dir: Option<PathBuf>,
) -> anyhow::Result<Vec<(String, ProxyPre<State>)>> {
    let cache = cache_dir.and_then(|dir| match CompileCache::open(&dir) {
        Ok(cache) => Some(Arc::new(cache)),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "compiling at every start");
            None
        }
    });
    let linker = Arc::new(linker::build(engine)?);
    let mut tasks = JoinSet::new();
    for (name, component) in &manifest.components {
        let routed = manifest
            .triggers
            .iter()
            .any(|trigger| trigger.target == crate::manifest::Target::Component(name.clone()));
        if !routed {
            continue;
        }
        let (name, source) = (name.clone(), manifest.source(component));
        let (engine, cache, linker) = (engine.clone(), cache.clone(), linker.clone());
        tasks.spawn_blocking(move || {
            let pre = load_component(&name, &source, &engine, cache.as_deref(), &linker)
                .with_context(|| format!("component `{name}` ({})", source.display()))?;
            anyhow::Ok((name, pre))
        });
    }
    tasks.join_all().await.into_iter().collect()
}

fn load_component(
    name: &str,
    source: &std::path::Path,
    engine: &Engine,
    cache: Option<&CompileCache>,
    linker: &Linker<State>,
) -> anyhow::Result<ProxyPre<State>> {
    let start = Instant::now();
    let bytes = std::fs::read(source).context("cannot be read (is it built?)")?;
    let (component, loaded) = match cache {
        Some(cache) => cache.load(engine, &bytes)?,
        None => (Component::from_binary(engine, &bytes)?, Loaded::Compiled),
    };
    let pre = linker::prepare(linker, &component)?;
    tracing::info!(
        component = name,
        ?loaded,
        duration.ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        "loaded a component"
    );
    Ok(pre)
}

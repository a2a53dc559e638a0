//! conn-host: the half of Edgewire that owns the WhatsApp sockets.
//!
//! Several run side by side on one Redis. Each leases shards ([`ownership`]); for every shard it owns it reads the
//! command stream ([`commands::intake`]), keeps a task per session ([`sessions`]) that drives a WhatsApp client
//! behind a port ([`wire`]), and writes what happens back ([`events`], [`commands::complete`]). Every such write
//! compares the shard's epoch in Redis: a host that lost its lease can write nothing.
//!
//! Read in this order: [`ownership::keeper`] (who owns what), [`ownership::shard`] (what owning means),
//! [`sessions::actor`] (one session's life), [`commands::send`] (one message's life), [`wire::whatsapp`] (the only
//! folder that knows the library's client).

pub mod admin;
pub mod clock;
pub mod commands;
pub mod events;
mod failpoint;
pub mod metrics;
pub mod ownership;
pub mod sessions;
pub mod settings;
pub mod telemetry;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use edgewire_depot::Depot;
use edgewire_store::{MasterKeys, Redis, StoreError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::wire::WireFactory;

/// Why conn-host could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The health port is taken, or not ours to open.
    #[error("cannot listen on {0}: {1}")]
    Listen(String, std::io::Error),
    /// The media store cannot be opened.
    #[error(transparent)]
    MediaStore(#[from] edgewire_depot::OpenError),
    /// Redis cannot be used.
    #[error("cannot use Redis: {0}")]
    Redis(#[from] StoreError),
    /// This Redis holds the sessions of another network than the one this process talks to.
    #[error(
        "this Redis belongs to the {kept} network, and this conn-host talks to the {own} network; \
         give each network a Redis (or a data folder) of its own"
    )]
    Network {
        /// The network of the first conn-host that used this Redis.
        kept: String,
        /// This one's.
        own: &'static str,
    },
}

/// How long a drain waits for files on their way into the media store: one that is not kept comes again.
const LAST_FILES: Duration = Duration::from_secs(1);

/// What all parts of one process share.
#[derive(Clone)]
pub struct Host {
    /// This process's name among the hosts, new at every start.
    pub id: Arc<str>,
    /// The connection pool to Redis.
    pub redis: Redis,
    /// The keys that seal the device store.
    pub master: Arc<MasterKeys>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Opens WhatsApp connections.
    pub wires: Arc<dyn WireFactory>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// What was configured.
    pub settings: Arc<Settings>,
    /// What all sessions share for their files.
    pub files: Arc<commands::files::Files>,
    /// Keeps received files, where one is configured.
    pub depot: Option<Arc<Depot>>,
    /// How many sessions may be connecting at once, so that a start is no storm.
    pub connecting: Arc<tokio::sync::Semaphore>,
}

/// Runs until `shutdown` is cancelled, then drains: reads no more commands, finishes what runs, closes the sockets
/// and gives the leases back, within ten seconds. `ready` is told the address of the health port.
///
/// # Errors
/// Only for what makes a start impossible; a Redis that goes away later is waited for.
pub async fn run(
    settings: Settings,
    clock: Arc<dyn Clock>,
    wires: Arc<dyn WireFactory>,
    shutdown: CancellationToken,
    ready: impl FnOnce(std::net::SocketAddr),
) -> Result<(), StartError> {
    let listener = TcpListener::bind(&settings.listen)
        .await
        .map_err(|e| StartError::Listen(settings.listen.clone(), e))?;
    let address = listener.local_addr().map_err(|e| StartError::Listen(settings.listen.clone(), e))?;
    let depot = settings.media_store.as_ref().map(Depot::open).transpose()?.map(Arc::new);
    let Some((redis, shards)) = reach_redis(&settings, &shutdown).await? else { return Ok(()) };
    claim_network(&redis, &settings).await?;
    report_durability(&redis).await;
    let metrics = Arc::new(Metrics::default());
    if let Some(depot) = &depot {
        let _first = metrics.depot.set(depot.clone());
    }
    let host = Host {
        id: settings.host_id.clone().into(),
        redis,
        master: settings.master.clone(),
        clock,
        wires,
        metrics,
        files: commands::files::Files::new(&settings),
        depot,
        connecting: Arc::new(tokio::sync::Semaphore::new(settings.connecting_at_once)),
        settings: Arc::new(settings),
    };
    let admin = tokio::spawn(admin::serve(listener, host.clone(), shutdown.clone()));
    let delivery = host.settings.deliver.then(|| {
        let outside = edgewire_delivery::Outside::system(&host.settings.delivery);
        let _first = host.metrics.webhooks.set(outside.counters.clone());
        tokio::spawn(edgewire_delivery::run_with(
            host.redis.clone(),
            host.settings.delivery.clone(),
            host.id.to_string(),
            outside,
            shutdown.clone(),
        ))
    });
    let logins = host.settings.logins.clone().map(|settings| {
        let outside = edgewire_login::Outside::system(&settings);
        let _first = host.metrics.logins.set(outside.counters.clone());
        let (redis, id) = (host.redis.clone(), host.id.to_string());
        tokio::spawn(edgewire_login::run(redis, settings, id, outside, shutdown.clone()))
    });
    info!(host.id = %host.id, shards, "conn-host is up");
    ready(address);
    if host.settings.connect {
        ownership::keeper::keep(host.clone(), shards, shutdown.clone()).await;
    } else {
        shutdown.cancelled().await;
    }
    if let Some(depot) = &host.depot {
        depot.close(LAST_FILES).await;
    }
    if let Some(delivery) = delivery {
        let _ended = delivery.await;
    }
    if let Some(logins) = logins {
        let _ended = logins.await;
    }
    admin.abort();
    info!("conn-host has drained");
    Ok(())
}

/// Says loudly, once, what Redis's configuration puts at risk.
async fn report_durability(redis: &Redis) {
    match redis.durability().await {
        Ok(durability) => durability.risks().iter().for_each(|risk| warn!("{risk}")),
        Err(e) => warn!(error = %e, "cannot read Redis's persistence settings"),
    }
}

/// Marks the deployment as WhatsApp's or the sandbox's, for good. A device that was paired in the sandbox has the
/// sandbox's certificate in its store, and the library does not ask for another: an ordinary build would follow it.
async fn claim_network(redis: &Redis, settings: &Settings) -> Result<(), StartError> {
    let own = if settings.sandbox_url.is_some() { "sandbox" } else { "whatsapp" };
    let kept = redis.fixed("network", own).await?;
    if kept == own { Ok(()) } else { Err(StartError::Network { kept, own }) }
}

/// Connects to Redis, and waits for it when it is away: hosts and Redis may start in any order.
async fn reach_redis(
    settings: &Settings,
    shutdown: &CancellationToken,
) -> Result<Option<(Redis, u16)>, StartError> {
    let mut wait = sessions::backoff::Backoff::quick();
    let mut told = false;
    loop {
        let reached = async {
            let to = edgewire_store::Settings {
                sentinel: settings.redis_sentinel.clone(),
                ..settings.redis_url.as_str().into()
            };
            let redis = Redis::connect(to).await?;
            let shards = redis.layout(edgewire_contract::shard::DEFAULT_SHARDS).await?;
            Ok::<_, StoreError>((redis, shards))
        };
        match reached.await {
            Ok(reached) => return Ok(Some(reached)),
            Err(e) if e.is_retryable() => {
                if !std::mem::replace(&mut told, true) {
                    warn!(error = %e, "Redis cannot be reached; waiting for it");
                }
            }
            Err(e) => return Err(e.into()),
        }
        tokio::select! {
            () = shutdown.cancelled() => return Ok(None),
            () = tokio::time::sleep(wait.pause()) => {}
        }
    }
}

//! How a webhook is written: a new one within the organization's limit, a change over the record that was read.

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{OrganizationId, WebhookId};
use edgewire_contract::webhook::{MAX_PER_ORGANIZATION, Webhook};
use edgewire_edge::auth::unauthorized;
use edgewire_edge::bus::hooks::{HookBus, Keeping};
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use crate::owner::no_webhook;

/// How often a change is tried that others come before.
const TRIES: u32 = 5;

/// Keeps a new one.
///
/// # Errors
/// 409 when the organization has as many as it may; 401 when it was deleted.
pub async fn new<B: HookBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    webhook: &Webhook,
) -> Result<(), Problem> {
    match gateway.bus.keep_webhook(organization, webhook, None).await? {
        Keeping::Kept => Ok(()),
        Keeping::Full => {
            let message = format!("an organization may have {MAX_PER_ORGANIZATION} webhooks");
            Err(Fault::new(FaultCode::Conflict, message).with("limit", MAX_PER_ORGANIZATION).into())
        }
        // His organization was deleted meanwhile, and his token with it.
        Keeping::Gone => Err(unauthorized().into()),
        Keeping::Changed => Err(Problem::internal("a new webhook's id is taken")),
    }
}

/// Changes one, and gives it as it is now.
///
/// # Errors
/// 404 when it is gone; 409 when others change it all the time.
pub async fn changed<B: HookBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    id: &WebhookId,
    change: impl Fn(&mut Webhook),
) -> Result<Webhook, Problem> {
    for _ in 0..TRIES {
        let kept = gateway.bus.webhook(organization, id).await?.ok_or_else(no_webhook)?;
        let mut webhook = kept.webhook.clone();
        change(&mut webhook);
        webhook.updated_at = Some(gateway.env.now_ms());
        match gateway.bus.keep_webhook(organization, &webhook, Some(&kept)).await? {
            Keeping::Kept => return Ok(webhook),
            Keeping::Gone => return Err(no_webhook().into()),
            Keeping::Changed | Keeping::Full => {}
        }
    }
    Err(Fault::new(FaultCode::Conflict, "somebody else is changing the webhook").into())
}

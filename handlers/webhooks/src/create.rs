//! `POST /api/v1/webhooks` and `POST /api/v1/sessions/{session}/webhooks`.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::ids::WebhookId;
use edgewire_contract::webhook::Webhook;
use edgewire_edge::bus::hooks::{HookBus, HookState};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::keep;
use crate::owner::{Owner, Scope};
use crate::told::Told;
use crate::wish::{NewWebhook, small};

/// Makes a webhook. It gets what happens from now on.
///
/// # Errors
/// 401, 403, 404, 413, 400; 409 when there are as many as there may be.
pub async fn create<B: HookBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    scope: Scope,
) -> Result<Reply, Problem> {
    let (owner, call) = Owner::with_body(gateway, call, scope).await?;
    let wish = NewWebhook::of(&call.body, gateway.settings.webhook_allow_loopback)?;
    let session_id = owner.bound(gateway, wish.session_id).await?;
    let now = gateway.env.now_ms();
    let webhook = Webhook {
        v: CONTRACT_VERSION,
        id: WebhookId::generate(now, gateway.env.random_u128()),
        url: wish.url,
        events: wish.events,
        session_id,
        secret: wish.secret,
        custom_headers: wish.custom_headers,
        retry: wish.retry.map(|retry| retry.over(None)),
        timeout_seconds: wish.timeout_seconds.and_then(small),
        active: wish.active,
        created_at: now,
        updated_at: None,
    };
    keep::new(gateway, owner.organization(), &webhook).await?;
    Ok(Reply::json(201, &Told::of(&webhook, &HookState::default(), now)))
}

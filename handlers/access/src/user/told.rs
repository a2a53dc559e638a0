//! How a user is told. Times are unix seconds.

use edgewire_contract::access::{Role, User};
use edgewire_contract::ids::{OrganizationId, UserId};
use edgewire_contract::moment::seconds;
use serde::Serialize;

/// A user as the API tells him.
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    id: &'a UserId,
    organization: &'a OrganizationId,
    name: &'a str,
    role: Role,
    created_at: i64,
    disabled: bool,
}

impl<'a> Told<'a> {
    /// Of his record.
    pub fn of(organization: &'a OrganizationId, user: &'a User) -> Self {
        Self {
            id: &user.id,
            organization,
            name: &user.name,
            role: user.role,
            created_at: seconds(user.created_at),
            disabled: user.disabled,
        }
    }
}

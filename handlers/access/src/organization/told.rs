//! How an organization is told. Times are unix seconds.

use edgewire_contract::access::Organization;
use edgewire_contract::ids::OrganizationId;
use edgewire_contract::moment::seconds;
use serde::Serialize;

/// An organization as the API tells it.
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    id: &'a OrganizationId,
    name: &'a str,
    /// Null where nobody knows.
    created_at: Option<i64>,
    disabled: bool,
}

impl<'a> Told<'a> {
    /// Of its record.
    pub fn of(organization: &'a Organization) -> Self {
        let created_at = organization.created_at;
        Self {
            id: &organization.id,
            name: &organization.name,
            created_at: (created_at > 0).then(|| seconds(created_at)),
            disabled: organization.disabled,
        }
    }
}

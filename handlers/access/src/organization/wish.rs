//! How the bodies are read.

use edgewire_contract::access::{LONGEST_NAME, Organization};
use edgewire_contract::ids::OrganizationId;
use edgewire_contract::shape::{flag, optional, organization_id, text};

edgewire_contract::record! {
    /// An organization to make.
    pub struct NewOrganization {
        /// What it is called in paths; ours, if left out.
        pub id: Option<OrganizationId> = optional(organization_id());
        /// A name for people.
        pub name: String = text(1, LONGEST_NAME);
    }
}

edgewire_contract::record! {
    /// What to change of an organization. What is left out stays.
    pub struct OrganizationChange {
        /// A name for people.
        pub name: Option<String> = optional(text(1, LONGEST_NAME));
        /// Whether none of its tokens works. Its sessions stay connected.
        pub disabled: Option<bool> = optional(flag(false));
    }
}

impl OrganizationChange {
    /// Makes it so.
    pub fn apply(&self, organization: &mut Organization) {
        if let Some(name) = &self.name {
            organization.name.clone_from(name);
        }
        if let Some(disabled) = self.disabled {
            (organization.disabled, organization.deleting) = (disabled, false);
        }
    }
}

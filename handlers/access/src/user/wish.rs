//! How the bodies are read.

use edgewire_contract::access::{LONGEST_NAME, Role, User};
use edgewire_contract::ids::UserId;
use edgewire_contract::shape::{choice, flag, optional, text, user_id};

edgewire_contract::record! {
    /// A user to make.
    pub struct NewUser {
        /// What he is called in paths and in tokens; ours, if left out.
        pub id: Option<UserId> = optional(user_id());
        /// A name for people.
        pub name: String = text(1, LONGEST_NAME);
        /// What his tokens may do at most. `admin`: everything; `manager`: `read`, `send`, `manage`, `events`; `user`: `read`, `send`, `events`.
        pub role: Role = choice::<Role>();
    }
}

edgewire_contract::record! {
    /// What to change of a user. What is left out stays.
    pub struct UserChange {
        /// A name for people.
        pub name: Option<String> = optional(text(1, LONGEST_NAME));
        /// What his tokens may do at most. Of a lower role, those that he has lose what it does not allow, for good.
        pub role: Option<Role> = optional(choice::<Role>());
        /// Whether none of his tokens works.
        pub disabled: Option<bool> = optional(flag(false));
    }
}

impl UserChange {
    /// Whether it says what his tokens may do.
    pub fn says_what_he_may(&self) -> bool {
        self.disabled.is_some() || self.role.is_some()
    }

    /// Whether his tokens may do less than before.
    pub fn lessens(&self, before: &User) -> bool {
        let may = self.role.unwrap_or(before.role).capabilities();
        self.disabled == Some(true) || before.role.capabilities().iter().any(|before| !may.contains(before))
    }

    /// Makes it so.
    pub fn apply(&self, user: &mut User) {
        if let Some(name) = &self.name {
            user.name.clone_from(name);
        }
        user.role = self.role.unwrap_or(user.role);
        user.disabled = self.disabled.unwrap_or(user.disabled);
    }
}

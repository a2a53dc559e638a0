//! `spin:variables/variables@3.0.0`: a component reads its own variables, and no others.

use wasmtime::component::Accessor;

use super::Interfaces;
use super::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use crate::runtime::state::State;

impl Host for &mut State {}

impl<T: Send> HostWithStore<T> for Interfaces {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> wasmtime::Result<Result<String, Error>> {
        Ok(accessor.with(|mut access| {
            let component = &access.get().component;
            component
                .variables
                .get(&name)
                .cloned()
                .ok_or_else(|| Error::Undefined(format!("no variable for {:?}.{name:?}", component.name)))
        }))
    }
}

//! `spin:redis/redis@3.0.0`.
//!
//! - this file: the interface's functions, each one command;
//! - `pool`: the shared connections, and who may have one of their own;
//! - `connection`: what stands behind a guest's `connection`: a share, or one of its own;
//! - `commands`: which commands block, keep state, or are refused;
//! - `values`: answers and errors as Spin gives them.
//!
//! **Where it differs from Spin.** There, each `open` is a TCP connection. Here ordinary commands of
//! all guests share a few connections per address (three to four times the throughput), which come
//! back by themselves when Redis does. A guest cannot tell, but for two things: what it sees does
//! not change when it opens a connection per request, and a connection that it keeps never dies.

mod commands;
mod connection;
mod pool;
mod values;

pub use connection::GuestConnection;
pub use pool::RedisPool;

use redis::Cmd;
use wasmtime::component::{Accessor, Resource};

use self::values::{Converted, flatten, limited, other};
use super::Interfaces;
use super::bindings::spin::redis::redis::{
    Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult,
};
use crate::runtime::state::State;

/// Connections that one instance may hold open: Spin's bound.
const CONNECTIONS_PER_INSTANCE: usize = 1024;

impl Host for &mut State {}

impl HostConnection for &mut State {
    async fn drop(&mut self, connection: Resource<GuestConnection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        self.redis_connections -= 1;
        Ok(())
    }
}

/// Runs `command` on the guest's `connection`.
async fn run<T: Send, V: Converted>(
    accessor: &Accessor<T, Interfaces>,
    connection: &Resource<GuestConnection>,
    command: Cmd,
) -> wasmtime::Result<Result<V, Error>> {
    let connection = accessor.with(|mut access| access.get().table.get(connection).cloned())?;
    Ok(match connection.run(&command).await {
        Ok(value) => V::converted(value),
        Err(error) => Err(error),
    })
}

impl<T: Send> HostConnectionWithStore<T> for Interfaces {
    async fn open(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> wasmtime::Result<Result<Resource<GuestConnection>, Error>> {
        let component = accessor.with(|mut access| {
            let state = access.get();
            (state.redis_connections < CONNECTIONS_PER_INSTANCE).then(|| state.component.clone())
        });
        let Some(component) = component else { return Ok(Err(Error::TooManyConnections)) };
        let connection = match component.redis.open(&address, &component.grants).await {
            Ok(connection) => connection,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let state = access.get();
            state.redis_connections += 1;
            Ok(Ok(state.table.push(connection)?))
        })
    }

    async fn publish(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        channel: String,
        payload: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let command = command("PUBLISH", [channel.into_bytes(), payload]);
        run(accessor, &connection, command).await
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        run(accessor, &connection, command("GET", [key])).await
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        run(accessor, &connection, command("SET", [key.into_bytes(), value])).await
    }

    async fn incr(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        key: String,
    ) -> wasmtime::Result<Result<i64, Error>> {
        run(accessor, &connection, command("INCRBY", [key.as_str(), "1"])).await
    }

    async fn del(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<u32, Error>> {
        run(accessor, &connection, command("DEL", keys)).await
    }

    async fn sadd(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        key: String,
        values: Vec<String>,
    ) -> wasmtime::Result<Result<u32, Error>> {
        run(accessor, &connection, command("SADD", [key].into_iter().chain(values))).await
    }

    async fn smembers(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        key: String,
    ) -> wasmtime::Result<Result<Vec<String>, Error>> {
        run(accessor, &connection, command("SMEMBERS", [key])).await
    }

    async fn srem(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        key: String,
        values: Vec<String>,
    ) -> wasmtime::Result<Result<u32, Error>> {
        run(accessor, &connection, command("SREM", [key].into_iter().chain(values))).await
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        connection: Resource<GuestConnection>,
        name: String,
        arguments: Vec<RedisParameter>,
    ) -> wasmtime::Result<Result<Vec<RedisResult>, Error>> {
        let mut command = redis::cmd(&name);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => command.arg(number),
                RedisParameter::Binary(bytes) => command.arg(bytes),
            };
        }
        Ok(match run::<T, redis::Value>(accessor, &connection, command).await? {
            Ok(value) => flatten(value).map_err(other).and_then(limited),
            Err(error) => Err(error),
        })
    }
}

fn command<A: redis::ToRedisArgs>(name: &str, arguments: impl IntoIterator<Item = A>) -> Cmd {
    let mut command = redis::cmd(name);
    for argument in arguments {
        command.arg(argument);
    }
    command
}

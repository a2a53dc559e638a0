//! conn-host

//! Connections: what lies between a socket and a handler.
//!
//! On the loop's side a [`connection`] with its phases; on the handler's side an [`exchange`], which holds the request and
//! the [`response`]. Both use the [`wire`]: what was read ([`input`]), what is to be sent ([`output`]), the [`socket`].

pub(crate) mod body_side;
pub(crate) mod call;
pub(crate) mod connection;
pub(crate) mod exchange;
pub(crate) mod fetch;
pub(crate) mod gather;
pub(crate) mod hooks;
pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod parts;
pub(crate) mod rate;
pub(crate) mod request_body;
pub(crate) mod response;
pub(crate) mod socket;
pub(crate) mod wire;

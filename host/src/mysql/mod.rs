//! Sessions with MySQL servers: addresses, pools and value conversion. [`guest`](crate::guest) offers
//! them to components.

pub mod address;
pub mod sessions;
mod statement;
pub mod values;

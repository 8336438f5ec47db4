//! MariaDB servers with unusual settings: a server either works completely, or is refused with the setting, its value
//! and the remedy.

mod refused;
mod serves;

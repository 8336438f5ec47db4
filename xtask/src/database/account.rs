//! The accounts of the server that we start: one administrator on loopback, with a password, and no others.

/// The administrator's name.
pub const ADMIN: &str = "library_admin";

/// SQL statements for the server's start, one per line: they create the administrator with `password` (letters,
/// digits and dashes only), and close the root account that a new MySQL leaves open. They can run at every start.
pub fn init_file(password: &str, fresh_root_is_open: bool) -> String {
    let mut statements = format!(
        "CREATE USER IF NOT EXISTS '{ADMIN}'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
         ALTER USER '{ADMIN}'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
         GRANT ALL PRIVILEGES ON *.* TO '{ADMIN}'@'127.0.0.1' WITH GRANT OPTION;\n"
    );
    if fresh_root_is_open {
        statements
            .push_str(&format!("ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"));
    }
    statements
}

-- One database user per service, with the least privileges: no service reads another service's schema or alters a
-- table. Of a loan, a service can change only the due date, the renewals and the return; it can delete loans because
-- patrons may clear their history. No service can change a role, so only the loader creates librarians. Each service
-- reads its schema's version for its health check. The loader fills in the names in braces. Running this file again
-- changes nothing. REQUIRE NONE and EXPIRE NEVER, because a server may demand TLS or expire passwords by default.
CREATE USER IF NOT EXISTS {catalog_user} IDENTIFIED BY {catalog_password};
ALTER USER {catalog_user} IDENTIFIED BY {catalog_password} REQUIRE NONE PASSWORD EXPIRE NEVER ACCOUNT UNLOCK;
GRANT SELECT, INSERT (title, author, count, thumbnailUrl, searchText, titleKey),
  UPDATE (title, author, count, thumbnailUrl, withdrawn, searchText, titleKey), DELETE
  ON {catalogdb}.books TO {catalog_user};
GRANT SELECT, INSERT, DELETE ON {catalogdb}.book_words TO {catalog_user};
GRANT SELECT, INSERT ON {catalogdb}.word_endings TO {catalog_user};
GRANT SELECT, INSERT ON {catalogdb}.requests TO {catalog_user};
GRANT SELECT ON {catalogdb}.demo_books TO {catalog_user};
GRANT SELECT ON {catalogdb}.epochs TO {catalog_user};
GRANT SELECT (version) ON {catalogdb}.refinery_schema_history TO {catalog_user};

CREATE USER IF NOT EXISTS {patrons_user} IDENTIFIED BY {patrons_password};
ALTER USER {patrons_user} IDENTIFIED BY {patrons_password} REQUIRE NONE PASSWORD EXPIRE NEVER ACCOUNT UNLOCK;
GRANT SELECT, INSERT (firstName, lastName, patronNum, searchText),
  UPDATE (firstName, lastName, patronNum, searchText, blockedAt) ON {patronsdb}.patrons TO {patrons_user};
GRANT SELECT, INSERT, UPDATE (hash) ON {patronsdb}.pins TO {patrons_user};
GRANT SELECT, INSERT, UPDATE (usedAt), DELETE ON {patronsdb}.sessions TO {patrons_user};
GRANT SELECT, INSERT, UPDATE (madeAt, claim), DELETE ON {patronsdb}.attempts TO {patrons_user};
GRANT SELECT ON {patronsdb}.demo_patrons TO {patrons_user};
GRANT SELECT ON {patronsdb}.epochs TO {patrons_user};
GRANT SELECT (version) ON {patronsdb}.refinery_schema_history TO {patrons_user};

CREATE USER IF NOT EXISTS {borrowing_user} IDENTIFIED BY {borrowing_password};
ALTER USER {borrowing_user} IDENTIFIED BY {borrowing_password} REQUIRE NONE PASSWORD EXPIRE NEVER ACCOUNT UNLOCK;
GRANT SELECT, INSERT, UPDATE (dateDue, renewals, returnedAt), DELETE ON {borrowdb}.loans TO {borrowing_user};
GRANT SELECT, INSERT, UPDATE, DELETE ON {borrowdb}.requests TO {borrowing_user};
GRANT SELECT ON {borrowdb}.epochs TO {borrowing_user};
GRANT SELECT (version) ON {borrowdb}.refinery_schema_history TO {borrowing_user};

-- One database user for each service, with the least it needs: no service can touch another's schema or
-- change a table; only what became of a loan can be written later, never whose it is. Loans are deleted when a
-- patron wants the closed ones forgotten. Nobody makes a librarian or a PIN but the loader, and only a book's numbers
-- of copies can be changed. The loader fills in the names in braces; running this again changes nothing.
CREATE USER IF NOT EXISTS {catalog_user} IDENTIFIED BY {catalog_password};
ALTER USER {catalog_user} IDENTIFIED BY {catalog_password};
GRANT SELECT, INSERT (title, author, count, thumbnailUrl, addedWith, addedCopies), UPDATE (count, withdrawn, changedWith)
  ON {catalogdb}.books TO {catalog_user};

CREATE USER IF NOT EXISTS {patrons_user} IDENTIFIED BY {patrons_password};
ALTER USER {patrons_user} IDENTIFIED BY {patrons_password};
GRANT SELECT, INSERT (firstName, lastName, patronNum) ON {patronsdb}.patrons TO {patrons_user};
GRANT SELECT ON {patronsdb}.pins TO {patrons_user};
GRANT SELECT, INSERT, UPDATE (usedAt), DELETE ON {patronsdb}.sessions TO {patrons_user};
GRANT SELECT, INSERT, DELETE ON {patronsdb}.attempts TO {patrons_user};

CREATE USER IF NOT EXISTS {borrowing_user} IDENTIFIED BY {borrowing_password};
ALTER USER {borrowing_user} IDENTIFIED BY {borrowing_password};
GRANT SELECT, INSERT, UPDATE (dateDue, renewals, returnedAt), DELETE ON {borrowdb}.loans TO {borrowing_user};
GRANT SELECT, INSERT, UPDATE, DELETE ON {borrowdb}.requests TO {borrowing_user};

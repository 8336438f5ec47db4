-- Additional rights for a library with demo data, which the reset to the first day needs. A library without demo data
-- does not get them, and unless the variable `demo_mode` is true, the services do not use them.
-- Restored books get their original ids. Added patrons can be deleted; foreign keys protect the demo patrons, and
-- everyone who has a PIN.
GRANT INSERT (id) ON {catalogdb}.books TO {catalog_user};
GRANT UPDATE (number) ON {catalogdb}.epochs TO {catalog_user};
GRANT DELETE ON {patronsdb}.patrons TO {patrons_user};
GRANT UPDATE (number) ON {patronsdb}.epochs TO {patrons_user};
GRANT UPDATE (number) ON {borrowdb}.epochs TO {borrowing_user};

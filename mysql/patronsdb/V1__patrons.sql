-- patronsdb: the people, and what each may do.
-- A card number compares with its case (utf8mb4_bin); such a column reaches a component as bytes,
-- so a query selects it as `patronNum COLLATE utf8mb4_unicode_ci`.
CREATE TABLE IF NOT EXISTS patrons (
  id        BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  firstName VARCHAR(100) NOT NULL,
  lastName  VARCHAR(100) NOT NULL,
  patronNum VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  role      VARCHAR(16)  NOT NULL,
  CONSTRAINT one_patron_per_card UNIQUE (patronNum),
  CONSTRAINT a_card_has_a_number CHECK (patronNum <> ''),
  CONSTRAINT a_known_role CHECK (role IN ('user', 'librarian'))
) ENGINE = InnoDB;

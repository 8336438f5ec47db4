-- patronsdb: the patrons and their roles. Card numbers are case-sensitive (utf8mb4_bin). Spin returns such a column as
-- bytes, so queries select it as `patronNum COLLATE utf8mb4_unicode_ci`.
CREATE TABLE IF NOT EXISTS patrons (
  id        BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  firstName VARCHAR(100) NOT NULL,
  lastName  VARCHAR(100) NOT NULL,
  patronNum VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  role      VARCHAR(16)  NOT NULL,
  CONSTRAINT one_patron_per_card UNIQUE (patronNum),
  CONSTRAINT a_card_has_a_number CHECK (patronNum <> ''),
  CONSTRAINT a_known_role CHECK (role IN ('user', 'librarian'))
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

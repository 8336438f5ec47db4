-- patronsdb: the reset of a demo to its first day.
--
--   demo_patrons  the patrons as they were loaded. The loader writes them; the service only reads them. Its foreign key
--                 protects them from deletion, because the reset needs the right to delete other patrons. Empty if no
--                 demo data was loaded
--   epochs        one row: the number of times that the demo was reset. The ledger refuses a loan that was decided with
--                 an answer of the patrons service from another epoch
CREATE TABLE IF NOT EXISTS demo_patrons (
  id        BIGINT       NOT NULL PRIMARY KEY,
  firstName VARCHAR(100) NOT NULL,
  lastName  VARCHAR(100) NOT NULL,
  patronNum VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  role      VARCHAR(16)  NOT NULL,
  CONSTRAINT a_demo_patron_stays FOREIGN KEY (id) REFERENCES patrons (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS epochs (
  id     INT NOT NULL PRIMARY KEY,
  number INT NOT NULL,
  CONSTRAINT one_epoch CHECK (id = 1)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT IGNORE INTO epochs (id, number) VALUES (1, 0);

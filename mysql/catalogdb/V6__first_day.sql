-- catalogdb: the reset of a demo to its first day.
--
--   demo_books  the books as they were loaded. The loader writes them; the service only reads them. Empty if no demo
--               data was loaded
--   epochs      one row: the number of times that the demo was reset. The ledger refuses a loan or a withdrawal that was
--               decided with an answer of the catalog from another epoch
CREATE TABLE IF NOT EXISTS demo_books (
  id           BIGINT       NOT NULL PRIMARY KEY,
  title        VARCHAR(255) NOT NULL,
  author       VARCHAR(255) NOT NULL,
  count        INT          NOT NULL,
  thumbnailUrl VARCHAR(512) NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS epochs (
  id     INT NOT NULL PRIMARY KEY,
  number INT NOT NULL,
  CONSTRAINT one_epoch CHECK (id = 1)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT IGNORE INTO epochs (id, number) VALUES (1, 0);

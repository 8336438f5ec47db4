-- borrowdb: the epoch, the number of times that a demo was reset to its first day, in one row. A loan or a withdrawal is
-- written only in the epoch of the data that it was decided with: the transaction that writes it locks this row, and the
-- reset changes it before it deletes the loans. So no loan of an earlier epoch remains after a reset.
CREATE TABLE IF NOT EXISTS epochs (
  id     INT NOT NULL PRIMARY KEY,
  number INT NOT NULL,
  CONSTRAINT one_epoch CHECK (id = 1)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT IGNORE INTO epochs (id, number) VALUES (1, 0);

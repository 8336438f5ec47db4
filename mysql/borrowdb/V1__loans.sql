-- borrowdb: the ledger of loans. A loan is open until it is returned; a returned one stays as history.
--
-- The three unique keys hold the rules of lending under any parallel load. Each counts open loans only:
-- isOpen is NULL once a book is back, and NULLs never collide.
--   one_open_loan_per_copy   copyNumber runs from 1 to the copies of the title: no copy is out twice
--   one_open_loan_per_slot   patronSlot runs from 1 to the patron's limit: nobody holds more than that
--   one_open_loan_per_title  nobody holds the same title twice
CREATE TABLE IF NOT EXISTS loans (
  id         BIGINT   NOT NULL AUTO_INCREMENT PRIMARY KEY,
  bookId     BIGINT   NOT NULL,
  patronId   BIGINT   NOT NULL,
  dateOut    DATE     NOT NULL,
  dateDue    DATE     NOT NULL,
  copyNumber INT      NOT NULL,
  patronSlot INT      NOT NULL,
  returnedAt DATETIME NULL COMMENT 'UTC',
  isOpen     TINYINT  AS (IF(returnedAt IS NULL, 1, NULL)) STORED,
  CONSTRAINT one_open_loan_per_copy UNIQUE (bookId, copyNumber, isOpen),
  CONSTRAINT one_open_loan_per_slot UNIQUE (patronId, patronSlot, isOpen),
  CONSTRAINT one_open_loan_per_title UNIQUE (patronId, bookId, isOpen),
  CONSTRAINT due_after_out CHECK (dateDue >= dateOut),
  CONSTRAINT copies_are_numbered_from_one CHECK (copyNumber >= 1),
  CONSTRAINT slots_are_numbered_from_one CHECK (patronSlot >= 1)
) ENGINE = InnoDB;

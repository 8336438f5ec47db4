-- borrowdb: the ledger of loans. A loan is open until it is returned; a returned one stays as history.
--
-- The three unique keys hold the rules of lending under any parallel load. Each counts open loans only:
-- isOpen is NULL once a book is back, and NULLs never collide.
--   one_open_loan_per_copy   copyNumber runs from 1 to the copies of the title: no copy is out twice
--   one_open_loan_per_slot   patronSlot runs from 1 to the patron's limit: nobody holds more than that
--   one_open_loan_per_title  nobody holds the same title twice
-- isOpen comes second in them, so that they also find the open loans of a book or a patron, however
-- long the history behind these is.
CREATE TABLE IF NOT EXISTS loans (
  id         BIGINT   NOT NULL AUTO_INCREMENT PRIMARY KEY,
  bookId     BIGINT   NOT NULL,
  patronId   BIGINT   NOT NULL,
  dateOut    DATE     NOT NULL,
  dateDue    DATE     NOT NULL,
  copyNumber INT      NOT NULL,
  patronSlot INT      NOT NULL,
  renewals   INT      NOT NULL DEFAULT 0,
  returnedAt DATETIME NULL COMMENT 'UTC',
  isOpen     TINYINT  AS (IF(returnedAt IS NULL, 1, NULL)) STORED,
  CONSTRAINT one_open_loan_per_copy UNIQUE (bookId, isOpen, copyNumber),
  CONSTRAINT one_open_loan_per_slot UNIQUE (patronId, isOpen, patronSlot),
  CONSTRAINT one_open_loan_per_title UNIQUE (patronId, isOpen, bookId),
  KEY open_loans_by_due_date (isOpen, dateDue),
  CONSTRAINT due_after_out CHECK (dateDue >= dateOut),
  CONSTRAINT copies_are_numbered_from_one CHECK (copyNumber >= 1),
  CONSTRAINT slots_are_numbered_from_one CHECK (patronSlot >= 1),
  CONSTRAINT renewals_are_counted_from_zero CHECK (renewals >= 0)
) ENGINE = InnoDB;

-- Requests that came with an Idempotency-Key, and what each was answered: sent again within a day, a
-- request gets that answer and does nothing. The row is written in the transaction of the loan itself.
CREATE TABLE IF NOT EXISTS requests (
  requestKey  VARCHAR(64)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  fingerprint VARCHAR(128)  NOT NULL COMMENT 'what was asked: the same key with another one is a mistake',
  status      INT           NOT NULL COMMENT 'HTTP',
  answer      VARCHAR(1024) NOT NULL COMMENT 'JSON',
  madeAt      DATETIME      NOT NULL COMMENT 'UTC',
  KEY requests_by_age (madeAt)
) ENGINE = InnoDB;

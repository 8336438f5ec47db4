-- borrowdb: the ledger of loans. A loan is open until it is returned; returned loans stay as history.
--
-- Three unique keys enforce the lending rules under any parallel load. Each covers open loans only:
-- isOpen is NULL once a loan is returned, and a unique key never compares NULLs.
--   one_open_loan_per_copy   copyNumber runs from 1 to the copies of the title: each copy has one open loan
--   one_open_loan_per_slot   patronSlot runs from 1 to the loan limit: a patron cannot exceed it
--   one_open_loan_per_title  a patron has one open loan per title
-- isOpen is the second column of each key, so the keys also find the open loans of a book or a patron
-- without reading their history.
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
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Idempotency records: the response to each request that carried an Idempotency-Key. For a day, a repeated
-- request gets the recorded response and changes nothing. The record is part of the loan's transaction.
CREATE TABLE IF NOT EXISTS requests (
  requestKey  VARCHAR(64)   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  fingerprint VARCHAR(128)  NOT NULL COMMENT 'identifies the request body: the same key with another body is an error',
  status      INT           NOT NULL COMMENT 'HTTP',
  answer      VARCHAR(1024) NOT NULL COMMENT 'JSON',
  madeAt      DATETIME      NOT NULL COMMENT 'UTC',
  KEY requests_by_age (madeAt)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

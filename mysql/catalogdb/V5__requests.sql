-- catalogdb: idempotency records, one per Idempotency-Key, with the book that the request changed. A record is written
-- in the transaction of its change. The table replaces addedWith, addedCopies and changedWith, which remember only a
-- book's last change and remain for older versions of the service.
--
--   fingerprint  SHA-256 of the request; the same key with another request is an error
CREATE TABLE IF NOT EXISTS requests (
  requestKey  VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  fingerprint BINARY(32)  NOT NULL,
  bookId      BIGINT      NOT NULL,
  madeAt      DATETIME    NOT NULL COMMENT 'UTC'
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
INSERT IGNORE INTO requests (requestKey, fingerprint, bookId, madeAt)
  SELECT addedWith,
    UNHEX(SHA2(CONCAT_WS(CHAR(10 USING utf8mb4), 'add', title, author, addedCopies, thumbnailUrl), 256)),
    id, UTC_TIMESTAMP()
  FROM books WHERE addedWith IS NOT NULL;

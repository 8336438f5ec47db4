-- catalogdb: the library's titles and their numbers of copies. The columns have the names and the order of the REST
-- contract.
CREATE TABLE IF NOT EXISTS books (
  id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  title        VARCHAR(255) NOT NULL,
  author       VARCHAR(255) NOT NULL,
  count        INT          NOT NULL,
  thumbnailUrl VARCHAR(512) NOT NULL,
  CONSTRAINT a_book_has_a_title CHECK (title <> ''),
  CONSTRAINT copies_are_counted_from_zero CHECK (count >= 0)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

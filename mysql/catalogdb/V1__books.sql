-- catalogdb: the titles the library owns and how many copies of each.
-- Columns are those of the REST contract, in its order.
CREATE TABLE IF NOT EXISTS books (
  id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  title        VARCHAR(255) NOT NULL,
  author       VARCHAR(255) NOT NULL,
  count        INT          NOT NULL,
  thumbnailUrl VARCHAR(512) NOT NULL,
  CONSTRAINT a_book_has_a_title CHECK (title <> ''),
  CONSTRAINT copies_are_counted_from_zero CHECK (count >= 0)
) ENGINE = InnoDB;

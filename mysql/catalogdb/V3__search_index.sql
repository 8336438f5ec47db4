-- catalogdb: the search index, and a unique key against duplicate titles.
--
--   searchText  the words of title and author in the normalized form of a search; NULL until the book is indexed
--   titleKey    SHA-256 of the normalized title and author. NULL for a confirmed duplicate, and before indexing
--
-- A search finds words by any part of them, in two steps: word_endings leads from the beginning of an ending ("ugust")
-- to whole words ("august", "augustine"), book_words from words to books. An ending keeps its first 32 characters; a
-- longer search word is compared with searchText. The catalog service writes these rows in the book's transaction, and
-- indexes other new books before the next search.
SET @step = IF(
  EXISTS (
    SELECT * FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'books' AND column_name = 'searchText'
  ),
  'DO 0',
  'ALTER TABLE books
    ADD COLUMN searchText TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    ADD COLUMN titleKey BINARY(32) NULL,
    ADD CONSTRAINT one_book_per_title UNIQUE (titleKey),
    ADD KEY books_by_search_text (searchText(1))'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

CREATE TABLE IF NOT EXISTS book_words (
  word   VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  bookId BIGINT NOT NULL,
  PRIMARY KEY (word, bookId),
  CONSTRAINT a_word_has_its_book FOREIGN KEY (bookId) REFERENCES books (id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Words that no book has any longer are not deleted; they match no book.
CREATE TABLE IF NOT EXISTS word_endings (
  ending VARCHAR(32)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  word   VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (ending, word)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

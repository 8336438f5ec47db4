-- catalogdb: what the librarian adds and takes away, and the orders in which books are listed.
--
--   withdrawn    copies that are no longer lent; `count` is without them, and both together are what the
--                library ever acquired
--   addedWith    the Idempotency-Key a book was added with, so that there is one book for a key
--   addedCopies  how many copies it was added with, for the question whether that was the same request
--   changedWith  the Idempotency-Key with which copies were last added, so that they are added once for a key
--
-- One ALTER, which both servers do whole or not at all, and only where it is not done yet: a run may fall
-- before it has noted that it was here.
SET @step = IF(
  EXISTS (
    SELECT * FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'books' AND column_name = 'withdrawn'
  ),
  'DO 0',
  'ALTER TABLE books
    ADD COLUMN withdrawn INT NOT NULL DEFAULT 0,
    ADD COLUMN addedWith VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    ADD COLUMN addedCopies INT NULL,
    ADD COLUMN changedWith VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    ADD CONSTRAINT one_book_per_key UNIQUE (addedWith),
    ADD CONSTRAINT withdrawn_copies_are_counted_from_zero CHECK (withdrawn >= 0),
    ADD CONSTRAINT a_key_comes_with_its_copies CHECK ((addedWith IS NULL) = (addedCopies IS NULL)),
    ADD KEY books_by_title (title, id),
    ADD KEY books_by_author (author, id)'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

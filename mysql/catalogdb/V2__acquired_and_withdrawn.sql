-- catalogdb: acquisitions and withdrawals, and keys for the sort orders of the list.
--
--   withdrawn    copies that are no longer lent; `count` excludes them, and the sum of both is the number of
--                copies ever acquired
--   addedWith    the Idempotency-Key of the request that added the book, so that one key adds one book
--   addedCopies  the number of copies in that request, to recognize the same request when it is repeated
--   changedWith  the Idempotency-Key of the last request that added copies, so that one key adds them once
--
-- One ALTER, which is atomic on both servers. It is skipped if it was applied before, because a run may have stopped
-- after it and before recording the migration.
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

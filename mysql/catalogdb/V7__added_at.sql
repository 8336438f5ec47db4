-- catalogdb: when each book was added, for the feed of new books.
--
--   addedAt  time (UTC, because every session of the library has the time zone +00:00). Books that are older than this
--            column have the time of this migration
SET @step = IF(
  EXISTS (
    SELECT * FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'books' AND column_name = 'addedAt'
  ),
  'DO 0',
  'ALTER TABLE books ADD COLUMN addedAt DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT ''UTC'''
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

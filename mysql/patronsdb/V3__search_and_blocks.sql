-- patronsdb: searching patrons, card numbers without regard to case, and blocked patrons.
--
--   numberKey   the card number in lower case. Not unique: numbers that differ only in case may exist
--   searchText  both names in the normalized form of a search; NULL until the patron is indexed
--   blockedAt   time (UTC) at which a librarian blocked the patron from borrowing and renewing; NULL if not blocked
SET @step = IF(
  EXISTS (
    SELECT * FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'patrons' AND column_name = 'numberKey'
  ),
  'DO 0',
  'ALTER TABLE patrons
    ADD COLUMN numberKey VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
      GENERATED ALWAYS AS (LOWER(patronNum)) STORED,
    ADD COLUMN searchText VARCHAR(4000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    ADD COLUMN blockedAt DATETIME NULL COMMENT ''UTC'',
    ADD KEY patrons_by_number_key (numberKey),
    ADD KEY patrons_by_search_text (searchText(1))'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

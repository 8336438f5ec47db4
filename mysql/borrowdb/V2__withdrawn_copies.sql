-- borrowdb: withdrawn copies, and a key for the statistics by day.
--
-- A withdrawn copy is an open loan without a patron that is never due and never returned. Through
-- one_open_loan_per_copy it keeps the copy from being lent, even to a request that read an outdated number of
-- copies from the catalog. copyNumber therefore runs from 1 to the copies ever acquired, which only grows: an
-- outdated number is too small, never too large.
--
-- One ALTER, which is atomic on both servers. It is skipped if it was applied before, because a run may have stopped
-- after it and before recording the migration.
SET @step = IF(
  EXISTS (
    SELECT * FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'loans' AND index_name = 'loans_by_day'
  ),
  'DO 0',
  'ALTER TABLE loans
    MODIFY COLUMN patronId BIGINT NULL,
    MODIFY COLUMN patronSlot INT NULL,
    ADD CONSTRAINT a_patron_takes_a_slot CHECK ((patronId IS NULL) = (patronSlot IS NULL)),
    ADD CONSTRAINT a_withdrawn_copy_stays_so
      CHECK (patronId IS NOT NULL OR (returnedAt IS NULL AND dateDue = DATE ''9999-12-31'')),
    ADD KEY loans_by_day (dateOut, patronId)'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

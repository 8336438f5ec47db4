-- borrowdb: copies that are withdrawn, and the days on which loans were made.
--
-- A withdrawn copy is an open loan to nobody that is never due and never returned: one_open_loan_per_copy
-- then refuses to lend that copy, whatever anybody still believes of the catalogue. So copyNumber runs from
-- 1 to the copies ever acquired, which only become more: who has an old number knows of too few.
--
-- One ALTER, which both servers do whole or not at all, and only where it is not done yet: a run may fall
-- before it has noted that it was here.
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

-- patronsdb: a login attempt is undecided while its claim is set. Its slot is occupied, and other logins wait for the
-- decision instead of being refused. An attempt that is still undecided after 10 seconds was aborted and never
-- answered, so its slot is free again.
SET @step = IF(
  EXISTS (
    SELECT * FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'attempts' AND column_name = 'claim'
  ),
  'DO 0',
  'ALTER TABLE attempts ADD COLUMN claim BINARY(16) NULL'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

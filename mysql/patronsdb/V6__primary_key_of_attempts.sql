-- patronsdb: attempts get a primary key, as every other table has one. Servers of a group demand it, and some others refuse
-- tables without one (sql_require_primary_key). one_attempt_per_slot stays, because services know it by its name.
SET @step = IF(
  EXISTS (
    SELECT * FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'attempts' AND column_name = 'id'
  ),
  'DO 0',
  'ALTER TABLE attempts ADD COLUMN id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

-- patronsdb: CHECK constraints for the rules of the REST API and the CSV loader, as far as both servers support them:
-- names and card numbers are one line and trimmed, a person has at least one name, and a role is exactly `user` or
-- `librarian` (the table's collation ignores case and trailing spaces). A CHECK cannot refer to an AUTO_INCREMENT
-- column, so ids below 1 are only corrected here.
--
-- First the repairs, which do not change valid rows and can run again. A role that differs from `librarian` only by
-- case or spaces, which a login did not accept, becomes `librarian`. A card number that would become a duplicate when
-- trimmed gets the patron's id at its end.
UPDATE patrons SET
  firstName = TRIM(REGEXP_REPLACE(firstName, '[[:cntrl:]]+', ' ')),
  lastName = TRIM(REGEXP_REPLACE(lastName, '[[:cntrl:]]+', ' ')),
  searchText = NULL
WHERE firstName REGEXP '[[:cntrl:]]' OR lastName REGEXP '[[:cntrl:]]'
  OR CHAR_LENGTH(firstName) <> CHAR_LENGTH(TRIM(firstName)) OR CHAR_LENGTH(lastName) <> CHAR_LENGTH(TRIM(lastName));
UPDATE patrons SET lastName = '?', searchText = NULL WHERE CHAR_LENGTH(firstName) = 0 AND CHAR_LENGTH(lastName) = 0;
UPDATE patrons SET role = LOWER(TRIM(role)) WHERE role COLLATE utf8mb4_bin NOT LIKE 'user' AND role COLLATE utf8mb4_bin NOT LIKE 'librarian';
UPDATE IGNORE patrons SET patronNum = TRIM(REGEXP_REPLACE(patronNum, '[[:cntrl:]]+', ' '))
WHERE patronNum REGEXP '[[:cntrl:]]' OR CHAR_LENGTH(patronNum) <> CHAR_LENGTH(TRIM(patronNum));
UPDATE patrons SET patronNum = CONCAT(LEFT(TRIM(REGEXP_REPLACE(patronNum, '[[:cntrl:]]+', ' ')), 40), '-', ABS(id))
WHERE patronNum REGEXP '[[:cntrl:]]' OR CHAR_LENGTH(patronNum) <> CHAR_LENGTH(TRIM(patronNum));
DELETE FROM sessions WHERE patronId < 1;
DELETE FROM pins WHERE patronId < 1;
SET @last = (SELECT COALESCE(MAX(id), 0) FROM patrons);
SET @wrong = (SELECT MIN(id) FROM patrons WHERE id < 1);
SET @step = IF(@wrong IS NULL, 'DO 0', 'UPDATE patrons SET id = GREATEST(@last, 0) + 1 - id WHERE id < 1');
PREPARE step FROM @step;
EXECUTE step;
-- UPDATE does not raise AUTO_INCREMENT on every server.
SET @step = IF(@wrong IS NULL, 'DO 0', CONCAT('ALTER TABLE patrons AUTO_INCREMENT = ', GREATEST(@last, 0) + 2 - @wrong));
PREPARE step FROM @step;
EXECUTE step;

SET @step = IF(
  EXISTS (
    SELECT * FROM information_schema.table_constraints
    WHERE table_schema = DATABASE() AND table_name = 'patrons' AND constraint_name = 'an_exact_role'
  ),
  'DO 0',
  'ALTER TABLE patrons
    ADD CONSTRAINT an_exact_role CHECK (
      role COLLATE utf8mb4_bin LIKE ''user'' OR role COLLATE utf8mb4_bin LIKE ''librarian''),
    ADD CONSTRAINT names_are_one_line CHECK (
      firstName NOT REGEXP ''[[:cntrl:]]'' AND CHAR_LENGTH(firstName) = CHAR_LENGTH(TRIM(firstName))
      AND lastName NOT REGEXP ''[[:cntrl:]]'' AND CHAR_LENGTH(lastName) = CHAR_LENGTH(TRIM(lastName))),
    ADD CONSTRAINT a_person_has_a_name CHECK (CHAR_LENGTH(firstName) + CHAR_LENGTH(lastName) > 0),
    ADD CONSTRAINT a_card_number_is_one_line CHECK (
      patronNum NOT REGEXP ''[[:cntrl:]]'' AND CHAR_LENGTH(patronNum) = CHAR_LENGTH(TRIM(patronNum)))'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

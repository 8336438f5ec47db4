-- catalogdb: CHECK constraints for the rules of the REST API and the CSV loader, as far as both servers support them:
-- title and author are one line, trimmed and not empty. A CHECK cannot refer to an AUTO_INCREMENT column, so ids below
-- 1 are only corrected here.
--
-- First the repairs, which do not change valid rows and can run again: control characters become spaces, texts are
-- trimmed, an empty author becomes a question mark, and an id below 1 becomes the next free id. A repaired book is
-- indexed again.
UPDATE books SET
  title = TRIM(REGEXP_REPLACE(title, '[[:cntrl:]]+', ' ')),
  author = TRIM(REGEXP_REPLACE(author, '[[:cntrl:]]+', ' ')),
  searchText = NULL,
  titleKey = NULL
WHERE title REGEXP '[[:cntrl:]]' OR author REGEXP '[[:cntrl:]]'
  OR CHAR_LENGTH(title) <> CHAR_LENGTH(TRIM(title)) OR CHAR_LENGTH(author) <> CHAR_LENGTH(TRIM(author));
UPDATE books SET author = '?', searchText = NULL, titleKey = NULL WHERE CHAR_LENGTH(author) = 0;
INSERT INTO books (title, author, count, thumbnailUrl, withdrawn, changedWith)
  SELECT title, author, count, thumbnailUrl, withdrawn, changedWith FROM books WHERE id < 1;
DELETE FROM books WHERE id < 1;

SET @step = IF(
  EXISTS (
    SELECT * FROM information_schema.table_constraints
    WHERE table_schema = DATABASE() AND table_name = 'books' AND constraint_name = 'a_title_is_one_line'
  ),
  'DO 0',
  'ALTER TABLE books
    ADD CONSTRAINT a_title_is_one_line CHECK (
      title NOT REGEXP ''[[:cntrl:]]'' AND CHAR_LENGTH(title) = CHAR_LENGTH(TRIM(title)) AND CHAR_LENGTH(title) > 0),
    ADD CONSTRAINT an_author_is_one_line CHECK (
      author NOT REGEXP ''[[:cntrl:]]'' AND CHAR_LENGTH(author) = CHAR_LENGTH(TRIM(author)) AND CHAR_LENGTH(author) > 0)'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

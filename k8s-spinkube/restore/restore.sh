# Puts a backup of the library into the database, where there is nothing yet or OVERWRITE is `yes`. The backup goes into schemas
# beside the library's; when all of it is in, one statement exchanges the tables. So the app may run meanwhile, and a restore
# that fails, or is killed, has changed nothing. Afterwards the loader has to run: it makes the services' users, and brings
# an older schema up to date. Runs in the official MySQL image, in the folder of the backups.
set -euo pipefail
shopt -s inherit_errexit

is_restored=no
trap '[[ $is_restored == yes ]] || echo "nothing was restored; the data are as they were" >&2' EXIT
fail() { echo "error: $*" >&2; exit 1; }
server() { mysql --host=mysql --user=root --batch --skip-column-names --binary-mode "$@"; }
# A statement for each schema, with the schema's name in the place of @.
each() { for schema in catalogdb patronsdb borrowdb; do server --execute="${1//@/$schema}"; done; }
sql() { gzip --decompress --stdout "$file"; }

file=${BACKUP:?}
if [[ $file == newest ]]; then
  # Their names sort by time.
  files=(library-*.sql.gz)
  file=${files[-1]}
fi
[[ -f $file ]] || fail "there is no $file; in the volume are: $(ls)"
sql | tail -n 1 | grep --quiet '^-- Dump completed' ||
  fail "$file is damaged or cut off; set BACKUP to another one: $(ls)"
used=$(sql | grep --text '^USE ' | sort --unique | paste --serial --delimiters=' ') || true
[[ $used == 'USE `borrowdb`; USE `catalogdb`; USE `patronsdb`;' ]] ||
  fail "$file is no backup of the library, or of more than that; set BACKUP to another one: $(ls)"

tables=$(each "SELECT table_name FROM information_schema.tables WHERE table_schema = '@'" | wc -l)
[[ $tables == 0 || ${OVERWRITE:-no} == yes ]] ||
  fail "there are $tables tables of the library already; to have the backup take their place, set OVERWRITE to yes"

echo "restoring $file"
# What a restore that was killed left behind.
each 'DROP DATABASE IF EXISTS `@_restore`; DROP DATABASE IF EXISTS `@_before`'
each 'CREATE DATABASE `@_restore` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'
# Which schema comes next stands in a line of its own; a value never holds the end of one.
sql | sed --regexp-extended '/^CREATE DATABASE /d; s/^USE `(.*)`;$/USE `\1_restore`;/' | server

each 'CREATE DATABASE IF NOT EXISTS `@` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'
each 'CREATE DATABASE `@_before`'
move() {
  each "SELECT CONCAT('\`@$1\`.\`', table_name, '\` TO \`@$2\`.\`', table_name, '\`')
    FROM information_schema.tables WHERE table_schema = '@$1'"
}
moves=$({ move '' _before; move _restore ''; } | paste --serial --delimiters=,)
server --execute="RENAME TABLE $moves"
is_restored=yes
each 'DROP DATABASE `@_restore`; DROP DATABASE `@_before`'
echo "restored; now run the loader again"

# Puts a backup of the library into the database, where there is nothing yet or OVERWRITE is `yes`. Runs in the official
# MySQL image, in the folder of the backups. Afterwards the loader has to run: it makes the services' users, and brings
# an older schema up to date.
set -euo pipefail

fail() { echo "error: $*" >&2; exit 1; }
server() { mysql --host=mysql --user=root --batch --skip-column-names "$@"; }

file=${BACKUP:?}
if [[ $file == newest ]]; then
  # Their names sort by time.
  files=(library-*.sql.gz)
  file=${files[-1]}
fi
[[ -f $file ]] || fail "there is no $file; in the volume are: $(ls)"
gzip --decompress --stdout "$file" | tail -n 1 | grep --quiet '^-- Dump completed' ||
  fail "$file is damaged or cut off; nothing was changed. Set BACKUP to another one: $(ls)"

schemas="'catalogdb', 'patronsdb', 'borrowdb'"
tables=$(server --execute="SELECT COUNT(*) FROM information_schema.tables WHERE table_schema IN ($schemas)")
if [[ $tables != 0 ]]; then
  [[ ${OVERWRITE:-no} == yes ]] ||
    fail "there are $tables tables of the library already; nothing was changed. To delete them, set OVERWRITE to yes"
  echo "deleting $tables tables of the library"
  server --execute="DROP DATABASE IF EXISTS catalogdb; DROP DATABASE IF EXISTS patronsdb; DROP DATABASE IF EXISTS borrowdb"
fi
echo "restoring $file"
gzip --decompress --stdout "$file" | server
echo "restored; now run the loader again"

# Writes a backup of the library, and keeps those of the last two weeks. Runs in the official MySQL image, in the
# folder of the backups.
set -euo pipefail
# Card numbers and logins are in it.
umask 077

file=library-$(date --utc +%Y-%m-%dT%H-%M-%SZ).sql.gz
trap 'rm -f "$file.partial"' EXIT

# One transaction for all three schemas: a loan is in it with everything that belongs to it, or not at all.
mysqldump --host=mysql --user=root --single-transaction --no-tablespaces --set-gtid-purged=OFF --hex-blob \
  --databases catalogdb patronsdb borrowdb | gzip >"$file.partial"
# The last line says that it is whole.
gzip --decompress --stdout "$file.partial" | tail -n 1 | grep --quiet '^-- Dump completed' ||
  { echo "error: the backup is cut off; look at the database's log" >&2; exit 1; }
mv "$file.partial" "$file"
echo "backup: $file, $(stat --format=%s "$file") bytes"

find . -name 'library-*.sql.gz' -mtime +14 -print -delete

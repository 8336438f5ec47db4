-- patronsdb: sessions, librarians' PINs, and login attempts.
--
-- Credentials are stored only as hashes: a session token as SHA-256 (the token is random and needs no slow hash), a PIN
-- as argon2id. An attempt counts for a subject: the hash of a card number or of a client address.
--
-- A session is open if it was used within the last 30 minutes and begun within the last 8 hours; older rows have no
-- effect. one_attempt_per_slot enforces the limit on attempts under any parallel load: each attempt takes one of the
-- subject's slots, whose number is the limit, and a slot is free again after 15 minutes.
ALTER TABLE patrons MODIFY COLUMN role VARCHAR(16) NOT NULL DEFAULT 'user';

CREATE TABLE IF NOT EXISTS pins (
  patronId BIGINT       NOT NULL PRIMARY KEY,
  hash     VARCHAR(255) NOT NULL COMMENT 'argon2id, in PHC string format',
  CONSTRAINT a_pin_has_its_patron FOREIGN KEY (patronId) REFERENCES patrons (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS sessions (
  tokenHash BINARY(32) NOT NULL PRIMARY KEY,
  patronId  BIGINT     NOT NULL,
  begunAt   DATETIME   NOT NULL COMMENT 'UTC',
  usedAt    DATETIME   NOT NULL COMMENT 'UTC, at most a minute late',
  KEY sessions_by_use (usedAt),
  CONSTRAINT a_session_has_its_patron FOREIGN KEY (patronId) REFERENCES patrons (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS attempts (
  subject BINARY(32) NOT NULL,
  slot    INT        NOT NULL,
  madeAt  DATETIME   NOT NULL COMMENT 'UTC',
  CONSTRAINT one_attempt_per_slot UNIQUE (subject, slot),
  KEY attempts_by_age (madeAt),
  CONSTRAINT slots_are_numbered_from_one CHECK (slot >= 1)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

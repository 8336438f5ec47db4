-- patronsdb: who is logged in, librarians' PINs, and tries at the login.
--
-- Only hashes are kept of what opens a door: a session's token as its SHA-256 (it is random, and so needs no
-- slow one), a PIN by argon2id. A try is counted for a subject, a card number or an address, which is hashed as well.
--
-- An open session is one that was used within 30 minutes and begun within 8 hours; older rows mean nothing.
-- one_attempt_per_slot holds the limit on tries under any parallel load: a try takes one of the subject's slots,
-- of which there are as many as tries are allowed, and a slot is free again after 15 minutes.
ALTER TABLE patrons MODIFY COLUMN role VARCHAR(16) NOT NULL DEFAULT 'user';

CREATE TABLE IF NOT EXISTS pins (
  patronId BIGINT       NOT NULL PRIMARY KEY,
  hash     VARCHAR(255) NOT NULL COMMENT 'argon2id, in PHC string format',
  CONSTRAINT a_pin_has_its_patron FOREIGN KEY (patronId) REFERENCES patrons (id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS sessions (
  tokenHash BINARY(32) NOT NULL PRIMARY KEY,
  patronId  BIGINT     NOT NULL,
  begunAt   DATETIME   NOT NULL COMMENT 'UTC',
  usedAt    DATETIME   NOT NULL COMMENT 'UTC, at most a minute late',
  KEY sessions_by_use (usedAt),
  CONSTRAINT a_session_has_its_patron FOREIGN KEY (patronId) REFERENCES patrons (id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS attempts (
  subject BINARY(32) NOT NULL,
  slot    INT        NOT NULL,
  madeAt  DATETIME   NOT NULL COMMENT 'UTC',
  CONSTRAINT one_attempt_per_slot UNIQUE (subject, slot),
  KEY attempts_by_age (madeAt),
  CONSTRAINT slots_are_numbered_from_one CHECK (slot >= 1)
) ENGINE = InnoDB;

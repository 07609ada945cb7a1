/**
 * The schema's history, oldest first. Promises: forward only; a published step is never edited.
 * A new step is a new file and a new line here.
 */
import type { ColumnDataType, Kysely } from 'kysely'
import type { Migration, MigrationProvider } from 'kysely/migration'
import { createFirstTables } from './0001-first.ts'
import { chainEvents } from './0002-event-chain.ts'
import { createDevices } from './0003-devices.ts'
import { createPools } from './0004-pools.ts'
import { addAuthenticatorKinds } from './0005-authenticator-kinds.ts'
import { createOutbox } from './0006-outbox.ts'
import { createPasswordResets } from './0007-password-resets.ts'
import { createPasskeys } from './0008-passkeys.ts'
import { createTrustedBrowsers } from './0009-trusted-browsers.ts'
import { createAdmins } from './0010-admins.ts'
import { createSentCodes } from './0011-sent-codes.ts'

/** Where the dialects differ in what a column is called. */
export interface ColumnTypes {
  readonly bytes: ColumnDataType
  /** Unix seconds and step numbers: 64 bits. */
  readonly seconds: ColumnDataType
}

type Step = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>

const STEPS: Record<string, Step> = {
  '0001-first': createFirstTables,
  '0002-event-chain': chainEvents,
  '0003-devices': createDevices,
  '0004-pools': createPools,
  '0005-authenticator-kinds': addAuthenticatorKinds,
  '0006-outbox': createOutbox,
  '0007-password-resets': createPasswordResets,
  '0008-passkeys': createPasskeys,
  '0009-trusted-browsers': createTrustedBrowsers,
  '0010-admins': createAdmins,
  '0011-sent-codes': createSentCodes,
}

/** Those that this version knows. */
export const MIGRATION_NAMES: readonly string[] = Object.keys(STEPS)

export function migrations(types: ColumnTypes): MigrationProvider {
  const entries = Object.entries(STEPS).map(([name, step]): [string, Migration] => [
    name,
    { up: (db) => step(db, types) },
  ])
  return { getMigrations: () => Promise.resolve(Object.fromEntries(entries)) }
}

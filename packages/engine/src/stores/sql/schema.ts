/**
 * The tables, as kysely sees them. Promises: both dialects give these very types (whole numbers as
 * `number`, bytes as `Uint8Array`, times as Unix seconds).
 *
 * Every table of accounts is reached by `account_id` first, so that they can be split over machines by
 * account; pools and rates are reached by a key of their own.
 */
import type { Kysely, Transaction } from 'kysely'

export interface Schema {
  keys: { id: string; created_at: number }
  accounts: {
    id: string
    login: string | null
    login_key: string | null
    password_hash: string | null
    password_version: number
    created_at: number
    password_suspect_since: number | null
    admin_since: number | null
    enrol_until: number | null
  }
  admin_invitations: { account_id: string; token_hash: Uint8Array; expires_at: number }
  authenticators: {
    account_id: string
    id: string
    kind: 'totp' | 'hotp'
    name: string
    state: 'pending' | 'active'
    algorithm: 'SHA1' | 'SHA256' | 'SHA512'
    digits: 6 | 7 | 8
    period_seconds: number | null
    key_id: string
    sealed_secret: Uint8Array
    spent_step: number
    drift_steps: number
    created_at: number
    expires_at: number | null
    last_used_at: number | null
    consecutive_failures: number
  }
  passkeys: {
    account_id: string
    id: string
    name: string
    /** As base64url. */
    credential_id: string
    public_key: Uint8Array
    sign_count: number
    /** With spaces between them. */
    transports: string
    backup_eligible: number
    created_at: number
    last_used_at: number | null
    copied_at: number | null
  }
  webauthn_challenges: {
    account_id: string
    purpose: string
    bound_to: string
    challenge_hash: Uint8Array
    expires_at: number
  }
  recovery_codes: {
    account_id: string
    lookup: string
    hash: string
    used_at: number | null
  }
  tickets: {
    account_id: string
    token_hash: Uint8Array
    password_version: number
    tries: number
    browser: string
    created_at: number
    expires_at: number
  }
  sessions: {
    account_id: string
    id: string
    token_hash: Uint8Array
    aal: 1 | 2
    amr: string
    auth_time: number
    created_at: number
    last_seen_at: number
    expires_at: number
    source: string | null
    user_agent: string | null
    trusted_browser_id: string | null
  }
  /** `factors` is what `factors.ts` said of the account when the trust was given. */
  trusted_browsers: {
    account_id: string
    id: string
    token_hash: Uint8Array
    password_version: number
    factors: string
    created_at: number
    last_used_at: number
    expires_at: number
    source: string | null
    user_agent: string | null
  }
  devices: {
    account_id: string
    id: string
    token_hash: Uint8Array
    password_version: number
    created_at: number
  }
  /**
   * `tries` holds the tries that count, newest first, as `tries.ts` writes them; `turned_away` is there so
   * that a closed pool costs a write as well.
   */
  pools: { key: string; tries: string; turned_away: number; worthless_at: number }
  rates: { key: string; used: number; closes_at: number }
  contacts: {
    account_id: string
    channel: 'email' | 'sms'
    address: string
    confirmed_at: number | null
  }
  /** `bearer` is the hash of the ticket or session that asked; `code_hash` takes that token to make. */
  sent_codes: {
    account_id: string
    bearer: Uint8Array
    channel: 'email' | 'sms'
    address: string
    code_hash: Uint8Array
    sends: number
    expires_at: number
  }
  outbox: {
    account_id: string
    id: string
    position: number
    channel: 'email' | 'sms'
    lane: 'notice' | 'code'
    recipient: string
    kind: string
    data: string
    key_id: string | null
    sealed_secret: Uint8Array | null
    created_at: number
    expires_at: number
    next_try_at: number
    tries: number
  }
  password_resets: {
    account_id: string
    token_hash: Uint8Array
    password_version: number
    expires_at: number
  }
  events: {
    account_id: string
    sequence: number
    at: number
    kind: string
    result: 'accepted' | 'refused'
    factor: string | null
    source: string | null
    hash: Uint8Array
  }
  event_heads: { account_id: string; sequence: number; hash: Uint8Array }
}

/** A connection or a transaction: the statements of a decision run on either. */
export type Sql = Kysely<Schema> | Transaction<Schema>

/** Ends a transaction whose decision somebody else won. Never leaves the store. */
class Lost extends Error {}

export function mustWin(won: boolean): asserts won {
  if (!won) throw new Lost('somebody was faster')
}

/** Runs all of it or nothing; `false` when a part of it was lost to another caller. */
export async function decide<Answer>(
  db: Kysely<Schema>,
  work: (trx: Transaction<Schema>) => Promise<Answer>,
): Promise<Answer | false> {
  try {
    return await db.transaction().execute(work)
  } catch (error) {
    if (error instanceof Lost) return false
    throw error
  }
}

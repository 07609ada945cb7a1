/** What an app or a server may use of the engine. Everything else is free to change. */
export { createEngine } from './engine.ts'
export type { Engine, EngineOptions, Verification } from './engine.ts'
export type { AccountDetails, Claim } from './admin-actions.ts'
export type {
  AuthenticatorView,
  Confirmation,
  Enrolment,
  EnrolmentRequest,
} from './authenticators.ts'
export type { Bearer } from './authorize.ts'
export type { ClockHelp } from './clock-help.ts'
export { EngineError, ERRORS } from './errors.ts'
export type { ErrorCode } from './errors.ts'
export type { EventKind } from './events.ts'
export type { Resealing } from './keys.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export type { Limits } from './limits.ts'
export type { CodeOutcome, PasswordOutcome } from './login.ts'
export type { NoticeKind } from './notices.ts'
export type { Delivery, Message, MessageKind, Sender, Senders } from './outbox.ts'
export { GOAL_PER_YEAR, guessingOdds } from './odds.ts'
export type { GuessingOdds } from './odds.ts'
export type { SignInMethod } from './methods.ts'
export type { PasskeyQuestion } from './passkey-login.ts'
export type { PasskeyAddition } from './passkey-service.ts'
export type { PasswordReset } from './password-reset.ts'
export { createOperator } from './operator.ts'
export type { Operator } from './operator.ts'
export { leastPasswordLength } from './passwords.ts'
export { systemClock, systemRandom } from './ports.ts'
export type { Pool, Rule, RuleName } from './pools.ts'
export type { Client, Clock, Random, SecondFactorPolicy } from './ports.ts'
export { FEW_RECOVERY_CODES } from './recovery.ts'
export { qrPng, qrSvg, qrTerminal } from './qr.ts'
export { isPasskeyOrigin } from './relying-party.ts'
export type { RelyingPartyOptions } from './relying-party.ts'
export type { Reauthentication } from './self-service.ts'
export type { SessionView, SignedIn } from './sessions.ts'
export type * from './store.ts'
export { inspectSqliteFile } from './stores/sqlite-file.ts'
export { sqliteStore } from './stores/sqlite.ts'
export {
  formatKeyring,
  generateKeyring,
  keyringOf,
  parseKeyring,
  reloadingKeyring,
  withNewKey,
  withoutKeys,
} from './vault.ts'
export type { Keyring, Sealed, Vault } from './vault.ts'
export { verifyEvents } from './verify-events.ts'
export type { EventChainReport, EventProblem, EventVerification } from './verify-events.ts'
export type { Method, Refusal } from './verify.ts'
export type { PasskeyCreationOptions, PasskeyRequestOptions } from './webauthn.ts'

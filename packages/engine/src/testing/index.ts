/**
 * For an app's own tests: a clock that stands still until told, an authenticator without a phone, a
 * passkey without a device, a hostile one, and the contract that every store must keep.
 */
export { fixedClock } from './fixed-clock.ts'
export type { FixedClock } from './fixed-clock.ts'
export { hostileAttestation } from './hostile-attestation.ts'
export { storeContract } from './store-contract.ts'
export { virtualAuthenticator } from './virtual-authenticator.ts'
export type { VirtualAuthenticator } from './virtual-authenticator.ts'
export { virtualPasskey } from './virtual-passkey.ts'
export type {
  AssertionAnswer,
  CreationAnswer,
  PasskeyLies,
  VirtualPasskey,
} from './virtual-passkey.ts'
export { virtualToken } from './virtual-token.ts'
export type { VirtualToken } from './virtual-token.ts'

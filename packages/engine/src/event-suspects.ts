/**
 * Rows of a chain that do not fit where they stand: which of them are whole and belong elsewhere?
 *
 * Promises: a row is called reordered only when it fits another place by its hash; a row is cleared only
 * when it fits its own place and what stands before it is itself a suspect. All others count as edited.
 */
import { eventHash } from './event-chain.ts'
import type { ChainedEvent } from './store.ts'

export interface Suspect {
  readonly row: ChainedEvent
  /** Hash of the row that stands before it. */
  readonly previous: Uint8Array | undefined
}

/** @returns what is wrong, without the rows that only follow a wrong one; `was`: its right number */
export function explainSuspects(
  suspects: readonly Suspect[],
): { readonly sequence: number; readonly was: number | undefined }[] {
  const places = suspects.map(({ row }) => row.sequence)
  const hashes = suspects.map(({ row }) => row.hash)
  const previous = [
    ...suspects.map((suspect) => suspect.previous),
    ...hashes,
    ...suspects.map((suspect) => eventHash(suspect.previous, suspect.row)),
  ]
  return suspects.flatMap(({ row }) => {
    const { sequence } = row
    const follows = places.includes(sequence - 1)
    if (follows && previous.some((hash) => sameBytes(eventHash(hash, row), row.hash))) return []
    const was = places.find(
      (place) =>
        place !== sequence &&
        previous.some((hash) => {
          const there = eventHash(hash, { ...row, sequence: place })
          return hashes.some((stored) => sameBytes(stored, there))
        }),
    )
    return [{ sequence, was }]
  })
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

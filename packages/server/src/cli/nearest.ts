/** The name somebody probably meant. Keeps quiet rather than guess wildly. */

const MOST_EDITS = 2

/** @returns the name within two edits of `typed`, but no more than half of it, that needs the fewest */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let fewest = Math.min(MOST_EDITS, Math.floor(typed.length / 2)) + 1
  for (const name of names) {
    const edits = distance(typed, name)
    if (edits < fewest) {
      best = name
      fewest = edits
    }
  }
  return best
}

/** Edits are: a letter more, less, another, or two swapped. A long word is cut: it is near to nothing. */
function distance(typed: string, name: string): number {
  const left = typed.slice(0, name.length + MOST_EDITS + 1)
  const table: number[][] = []
  const at = (row: number, column: number) => table[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 0; row <= left.length; row++) {
    const cells: number[] = []
    table.push(cells)
    for (let column = 0; column <= name.length; column++) {
      const same = left[row - 1] === name[column - 1]
      const swapped = left[row - 1] === name[column - 2] && left[row - 2] === name[column - 1]
      const fewest = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (same ? 0 : 1),
        swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
      cells.push(row + column === 0 ? 0 : fewest)
    }
  }
  return at(left.length, name.length)
}

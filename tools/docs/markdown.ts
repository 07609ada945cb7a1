/** The little Markdown that the tools understand: fences, headings and what is left when code is taken out. */

export interface Fence {
  /** Line of the opening fence, from 1. */
  readonly line: number
  /** Everything after the backticks: `ts run`. */
  readonly info: string
  readonly text: string
}

const FENCE = /^( *)(`{3,}|~{3,})([^\n`]*)\n([\s\S]*?)^ *\2[`~]*[^\S\n]*$/gm

export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(FENCE)].map((match) => {
    const [, indent = '', , info = '', body = ''] = match
    return {
      line: markdown.slice(0, match.index).split('\n').length,
      info: info.trim(),
      text: body.replaceAll(new RegExp(`^ {0,${indent.length}}`, 'gm'), ''),
    }
  })
}

/** The same text with fences and inline code emptied; every line keeps its number. */
export function withoutCode(markdown: string): string {
  const emptied = (text: string) => text.replaceAll(/[^\n]/g, ' ')
  return markdown.replaceAll(FENCE, emptied).replaceAll(/(`+)(?!`)[^`]+?\1(?!`)/g, emptied)
}

/** Only what stands in fences and inline code; every line keeps its number. */
export function onlyCode(markdown: string): string {
  const prose = withoutCode(markdown)
  return Array.from(markdown, (char, at) =>
    prose[at] === char && char !== '\n' ? ' ' : char,
  ).join('')
}

/** The anchors of a page as forges make them: from headings, and from `id`s written by hand. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>()
  const withoutFences = markdown.replaceAll(FENCE, '')
  for (const [, heading = ''] of withoutFences.matchAll(/^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$/gm)) {
    const slug = heading
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    let unique = slug
    for (let n = 1; anchors.has(unique); n++) unique = `${slug}-${n}`
    anchors.add(unique)
  }
  for (const [, id = ''] of withoutFences.matchAll(/<[a-z]\w*\s[^>]*\b(?:id|name)="([^"]+)"/g)) {
    anchors.add(id)
  }
  return anchors
}

/** One row of a table; `|` and line ends cannot break it. */
export function tableRow(cells: readonly string[]): string {
  const safe = cells.map((cell) => cell.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' '))
  return `| ${safe.join(' | ')} |`
}

/** Links between pages, and from pages to files: the file is there, and so is the heading. Not the web. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lineOf } from '../lib/source.ts'
import { anchorsOf, withoutCode } from './markdown.ts'

const LINKS = [
  /\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^)]*)?\)/g, // [text](target "title")
  /^ {0,3}\[[^\]]+\]:\s+<?([^\s>]+)/gm, // [name]: target
  /<(?:a|img|source)\s[^>]*?\b(?:href|src|srcset)="([^"\s]+)/g,
]

function wrongLink(root: string, doc: string, link: string): string | undefined {
  if (/^[a-z][a-z+.-]*:|^\/\//i.test(link)) return undefined
  if (link.startsWith('/')) return 'write it relative to this page'
  const [path = '', anchor] = decodeURI(link).split('#')
  const target = path === '' ? doc : join(dirname(doc), path.replace(/\?.*$/, ''))
  const file = join(root, target)
  if (!existsSync(file)) return 'no such file'
  if (anchor === undefined || anchor === '' || !target.endsWith('.md')) return undefined
  return anchorsOf(readFileSync(file, 'utf8')).has(anchor) ? undefined : 'no such heading'
}

export function checkLinks(root: string, docs: readonly string[]): string[] {
  return docs.flatMap((doc) => {
    const text = withoutCode(readFileSync(join(root, doc), 'utf8'))
    const found = LINKS.flatMap((pattern) => [...text.matchAll(pattern)])
    return found.flatMap(({ 1: link = '', index }) => {
      const reason = wrongLink(root, doc, link)
      return reason === undefined ? [] : [`${doc}:${lineOf(text, index)}: ${link}: ${reason}`]
    })
  })
}

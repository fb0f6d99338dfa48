import { writeMermaid } from './mermaid.ts'
import type { Picture } from './picture.ts'
import { drawSvg } from './svg.ts'

/** The forms in which a picture can be given, best first for a reader who does not mind. */
export const mediaTypes = { svg: 'image/svg+xml', mermaid: 'text/vnd.mermaid', json: 'application/json' } as const

export type Form = keyof typeof mediaTypes

const FORMS = Object.keys(mediaTypes) as Form[]

export const written = (picture: Picture, form: Form): string => {
  if (form === 'svg') return drawSvg(picture)
  return form === 'mermaid' ? writeMermaid(picture) : JSON.stringify(picture)
}

/**
 * The form that an `Accept` header asks for; SVG without one, undefined when it takes none of them. A form is wanted as
 * much as the narrowest range that covers it says; among equals one that is named goes before one that is only covered.
 */
export const formFor = (accept: string | undefined): Form | undefined => {
  if (accept === undefined || accept.trim() === '') return 'svg'
  const ranges = accept.split(',').flatMap(rangeOf)
  const wanted = FORMS.flatMap((form) => {
    const [narrowest] = ranges
      .filter(({ covers }) => covers(mediaTypes[form]))
      .sort((one, other) => other.narrowness - one.narrowness)
    return narrowest && narrowest.weight > 0 ? [{ form, ...narrowest }] : []
  })
  return wanted.sort((one, other) => other.weight - one.weight || other.narrowness - one.narrowness)[0]?.form
}

interface Range {
  readonly covers: (mediaType: string) => boolean
  /** 2: one media type, 1: all of a kind, 0: all. */
  readonly narrowness: number
  readonly weight: number
}

/** One range of the header; none when it is malformed, which then covers nothing. */
const rangeOf = (text: string): Range[] => {
  const [mediaType = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = weightOf(parameters)
  if (weight === undefined) return []
  if (mediaType === '*/*') return [{ covers: () => true, narrowness: 0, weight }]
  const [kind = '', subtype = ''] = mediaType.split('/')
  if (kind === '' || kind === '*' || subtype === '') return []
  if (subtype === '*') return [{ covers: (other) => other.startsWith(`${kind}/`), narrowness: 1, weight }]
  return [{ covers: (other) => other === mediaType, narrowness: 2, weight }]
}

const weightOf = (parameters: readonly string[]): number | undefined => {
  const q = parameters.find((parameter) => /^q\s*=/.test(parameter))
  if (q === undefined) return 1
  const value = q.replace(/^q\s*=\s*/, '')
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value) ? Number(value) : undefined
}
